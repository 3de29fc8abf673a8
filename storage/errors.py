"""Everything that can go wrong in a way a person can mend.

    StudioError            one clear sentence: what is wrong, what was given, what to do
    ├── BadInput           the person gave something that cannot be used
    │   └── BadPicture     a file that is not a readable picture
    ├── NotFound           a row, file or model that is not there
    ├── StoreUnusable      the store's folder cannot be read or written
    └── NotYours           a worker speaks of a job that another worker has taken over

`Stopped` and `Paused` are no errors: they carry a person's wish from a job's
row into the task that runs it.
"""


class StudioError(Exception):
    """One clear sentence for a person: what is wrong, what was given, what to do."""


class BadInput(StudioError):
    """What was given cannot be used."""


class BadPicture(BadInput):
    """The file is not a picture that can be read."""


class NotFound(StudioError):
    """What was asked for is not there."""


class StoreUnusable(StudioError):
    """The store's folder cannot be read or written."""


class NotYours(StudioError):
    """The job has been given to another worker; this one must let go of it."""


class Stopped(Exception):
    """The person asked the running job to stop."""


class Paused(Exception):
    """The person asked the running job to pause; its state is to be saved first."""
