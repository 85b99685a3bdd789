"""The language of the prose: gettext catalogues under `templates/languages`."""

from __future__ import annotations

import gettext

from symconv.errors import NotSupportedError

LANGUAGES = ("en",)
"""English is the language of the templates themselves and needs no catalogue."""


def catalogue(language: str) -> gettext.NullTranslations:
    """The translations into a language.

    >>> catalogue("en").gettext("The result")
    'The result'
    """
    if language not in LANGUAGES:
        raise NotSupportedError(f"language is {language!r}: there are {', '.join(LANGUAGES)}")
    return gettext.NullTranslations()
