"""What tests of sources share."""

from symconv.checking.sources import Source, source_from_text


def found(text: str, kind: str | None = None) -> list[tuple[str, str]]:
    """Kind and text of each passage."""
    return [(passage.kind, passage.text) for passage in sound(text, kind).passages]


def texts(text: str, kind: str | None = None) -> list[str]:
    return [passage.text for passage in sound(text, kind).passages]


def values(text: str, kind: str | None = None) -> list[dict[str, object]]:
    return [dict(setting.values) for setting in sound(text, kind).settings]


def sound(text: str, kind: str | None = None) -> Source:
    """The source, with what holds for all of them: order, places within the text, prose as long as the text."""
    source = source_from_text(text, "", kind)
    assert source.text == text
    assert len(source.prose) == len(text)
    starts = [passage.offset(0) for passage in source.passages]
    assert starts == sorted(starts)
    assert all(0 <= passage.offset(0) <= passage.stop <= len(text) for passage in source.passages)
    assert all(passage.text == passage.text.strip() != "" for passage in source.passages)
    assert all(passage.places[0][0] == 0 for passage in source.passages)
    return source


def same_signs(source: Source) -> bool:
    """Whether each sign of each passage stands in the source where the passage says it does."""
    return all(
        sign.isspace() or source.text[passage.offset(at)] == sign
        for passage in source.passages
        for at, sign in enumerate(passage.text)
    )
