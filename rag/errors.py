"""One error tree. Every error says what is wrong and, in ``hint``, what the user can do about it."""

from __future__ import annotations


class CopydeskError(Exception):
    """Base of all errors a user can meet. ``http_status`` is what the server answers; the CLI exits 2."""

    http_status = 500

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(CopydeskError):
    """The request itself can't be used: empty, too long, a bad date, an unknown id."""

    http_status = 400


class NotFoundError(InputError):
    """The named article, passage or file does not exist."""

    http_status = 404


class SourceError(CopydeskError):
    """A file or folder can't be read as articles."""

    http_status = 422


class ArchiveError(CopydeskError):
    """The archive on disk is damaged, of another version, or not there."""


class ArchiveBusyError(ArchiveError):
    """Another process holds the archive."""

    http_status = 409


class ModelError(CopydeskError):
    """A model is missing, damaged or can't be loaded."""

    http_status = 503


class DownloadError(ModelError):
    """A model could not be fetched from any of its sources."""


class QueueFullError(CopydeskError):
    """More people are asking than the queue holds."""

    http_status = 429


class Cancelled(CopydeskError):
    """The reader pressed stop."""

    http_status = 499

    def __init__(self) -> None:
        super().__init__("The answer was stopped.", "Ask again when you like.")
