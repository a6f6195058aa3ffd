"""Points of runs that never were, as `covnets.runs.frames.thinned` returns them."""

import numpy as np
import pandas as pd


def points(
    *, steps: int = 40, every: int = 1, epochs: int = 4, level: float = 0.8, spread: float = 0.0
) -> pd.DataFrame:
    """Accuracy rises to `level`, loss falls; training in buckets of `every` steps.

    With a spread the buckets hold two steps or more; with no epochs nothing is evaluated yet.
    """
    train = np.arange(every, steps + 1, every)
    ends = np.arange(1, epochs + 1) * (steps // epochs) if steps and epochs else np.zeros(0, int)
    frames = [_split("train", train, steps, level, spread)]
    frames += [_split(split, ends, steps, level, 0.0) for split in ("train_eval", "validation")]
    frame = pd.concat(frames, ignore_index=True)
    frame["epoch"] = frame["step"] / max(1, steps // max(1, epochs))
    frame["seconds"] = frame["step"] * 0.5
    return frame.astype({"split": "str"})


def _split(split: str, at: np.ndarray, steps: int, level: float, spread: float) -> pd.DataFrame:
    accuracy, loss = level * at / max(1, steps), 2 - at / max(1, steps)
    return pd.DataFrame(
        {
            "split": split,
            "step": at.astype("int64"),
            "loss_mean": loss,
            "loss_min": loss - spread,
            "loss_max": loss + spread,
            "accuracy_mean": accuracy,
            "accuracy_min": accuracy - spread,
            "accuracy_max": accuracy + spread,
            "points": np.maximum(np.diff(at, prepend=0), 1 + (spread > 0))
            if split == "train"
            else 1,
        }
    )
