"""A run's progress for people: one line an epoch."""

from __future__ import annotations

from typing import Any, TextIO

Event = dict[str, Any]


class Progress:
    """Prints a run's events as a small table.

    Args:
        title: what is being trained.
        out: where to print.
    """

    def __init__(self, title: str, out: TextIO) -> None:
        self._title = title
        self._out = out
        self._started: Event = {}
        self._training: Event = {}
        self._last_step_seconds = 0.0
        self._epoch_began = 0.0

    def __call__(self, event: Event) -> None:
        """Take one event of `covnets.training.train`."""
        match event:
            case {"event": "started"}:
                self._start(event)
            case {"event": "metrics", "split": "train"}:
                self._last_step_seconds = event["seconds"]
            case {"event": "metrics", "split": "train_eval"}:
                self._training = event
            case {"event": "metrics", "split": "validation"}:
                self._end_epoch(event)
            case {"event": "finished"}:
                self._finish(event)
            case {"event": "failed"}:
                self._print(f"failed: {event['reason']}")

    def _start(self, event: Event) -> None:
        self._started = event
        self._print(
            f"{self._title}: {event['num_params']:,} parameters, {event['num_train']:,} images, "
            f"{event['epochs']} epochs of {event['steps_per_epoch']} steps, {event['precision']}, "
            f"{event['threads']} threads on {event['device']}"
        )
        self._print("   epoch   training loss  accuracy   validation loss  accuracy   images/s")

    def _end_epoch(self, event: Event) -> None:
        training = self._training
        seconds = max(self._last_step_seconds - self._epoch_began, 1e-9)
        speed = self._started["num_train"] / seconds
        self._epoch_began = event["seconds"]
        self._print(
            f"{event['epoch']:>4}/{self._started['epochs']:<4}"
            f"{training['loss']:>14.4f}  {training['accuracy']:>8.1%}"
            f"{event['loss']:>18.4f}  {event['accuracy']:>8.1%}{speed:>11,.0f}"
        )

    def _finish(self, event: Event) -> None:
        accuracies = [
            f"{split} accuracy {event[f'{split}_accuracy']:.1%}"
            for split in ("test", "validation")
            if event[f"{split}_accuracy"] is not None
        ]
        self._print(
            f"{event['state']}: {', '.join(accuracies)}; {event['training_seconds']:.1f} s of "
            f"training, {event['images_per_second']:,.0f} images/s"
        )

    def _print(self, line: str) -> None:
        print(line, file=self._out, flush=True)
