"""The one exception of this package that is meant for a person."""


class Trouble(Exception):
    """Something the person at the keyboard can act on; its text is the whole message, no traceback is shown.

    `code` is what the process exits with: 2 for a wrong request (a taken port), 1 for everything else.
    """

    def __init__(self, sentence: str, *, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code
