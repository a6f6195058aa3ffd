"""Errors that a user can act on.

The message of every `CovnetsError` is shown on the page or the command line as it is,
so it says what happened, what was expected and what to change.
"""


class CovnetsError(Exception):
    """Something that the user, not the programmer, can put right."""


class ConfigError(CovnetsError):
    """A hyperparameter, or a combination of them, that makes no network or no run."""


class DataError(CovnetsError):
    """A dataset that is missing, unknown or not what it claims to be."""


class StoreError(CovnetsError):
    """The run store cannot be opened, or a run in it is not what the caller expects."""


class StoreUnavailable(StoreError):
    """The store cannot be written just now, as on a full disk: a later try may succeed."""


class EngineError(CovnetsError):
    """No worker can be started or reached."""


class TrainingError(CovnetsError):
    """A training run that cannot go on, for instance because its loss is no longer finite."""
