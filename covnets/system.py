"""This computer, and the settings that its environment variables hold."""

from __future__ import annotations

import os
import platform
import socket
import sys
import sysconfig
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from covnets.errors import ConfigError


def available_cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_in_use() -> int:
    """Bytes of memory that this process holds; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def host_name() -> str:
    """This computer's name, which tells apart what was measured and started where."""
    return socket.gethostname()


def process_name() -> str:
    """This process, as the store names it: "host:pid"."""
    return f"{host_name()}:{os.getpid()}"


def has_ended(process: str | None) -> bool:
    """Whether a process ran on this machine and does so no more.

    Args:
        process: as `process_name` says it; what follows a further colon does not count.

    Returns:
        False of a process on another machine, of which nothing is known.
    """
    host, pid, *_ = [*(process or "").split(":"), "", ""]
    # On Windows signal 0 would end the process; there the missed heartbeat must do.
    if host != host_name() or not pid.isdecimal() or sys.platform == "win32":
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def processor_name() -> str:
    """The processor's name, as the system tells it."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def processor_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 by itself, as far as the system tells."""
    return bool({"avx512_bf16", "amx_bf16"} & set(_cpuinfo("flags").split()))


def _cpuinfo(field: str) -> str:
    """What Linux says of the first core; an empty text where nothing is said."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == field:
                return value.strip()
    return ""


def tensorflow_unsupported() -> str | None:
    """Why TensorFlow cannot be installed for this Python, and what to do; None where it can.

    Release notes of TensorFlow 2.16.1: it is the last one with packages for Macs with Intel
    processors. For Windows on ARM there never were any.
    """
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        return (
            "This Python was built for Intel processors, for which TensorFlow has no packages on a "
            "Mac. If the Mac has an Apple processor, name a Python made for it, for example: make "
            "run PYTHON=/opt/homebrew/bin/python3.12. If not, README.md says under Start what else "
            "can be done."
        )
    if sysconfig.get_platform() == "win-arm64":
        return (
            "TensorFlow has no packages for Windows on ARM: install the Windows Subsystem for "
            "Linux (wsl --install), and run the dashboard in it, as README.md says under Start."
        )
    return None


def tensorflow_missing() -> str | None:
    """Why nothing can be trained, where TensorFlow is not installed, and what to do; else None."""
    if find_spec("tensorflow") is not None:
        return None
    advice = tensorflow_unsupported() or (
        f"Install what is needed: {sys.executable} -m pip install -r requirements.txt"
    )
    return f"Nothing can be trained, as TensorFlow is not installed. {advice}"


def whole_number(variable: str) -> int | None:
    """Return a variable's value, a whole number from 1 up, or None where it is not set.

    Raises:
        ConfigError: it is set to anything else.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError(f"{variable}={text} is not a whole number of at least 1: give one.")
    return int(text)


def for_tensorflow() -> dict[str, str]:
    """Return the variables that TensorFlow and Keras must find when they are loaded.

    Keras reads `keras.json` beside this file instead of the one in the user's home, which may ask
    for another order of dimensions, another float type or another backend.

    Where the user has set them, these hold: `TF_CPP_MIN_LOG_LEVEL` (otherwise 2, errors alone) and
    `TF_ENABLE_ONEDNN_OPTS` (otherwise 1: TensorFlow itself leaves oneDNN's operations off on
    processors without neural network instructions, where they are faster as well).
    """
    return {
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2"),
        "TF_ENABLE_ONEDNN_OPTS": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1"),
        "KERAS_HOME": str(Path(__file__).parent),
        "KERAS_BACKEND": "tensorflow",
        "KERAS_NNX_ENABLED": "0",
    }
