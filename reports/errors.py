"""The one error that reports raise for what a user can mend."""


class ReportError(ValueError):
    """A table can't be made; the message says what is missing and how to mend it."""
