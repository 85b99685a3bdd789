"""What the prose says: layers by name, sizes, strides and paddings, in the languages of the tables."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from symconv.checking.discovery.calls import Setting, settings_in
from symconv.checking.discovery.vocabulary import (
    ANEW,
    ARTICLES,
    BASE,
    BIAS_WORDS,
    CHANNELS,
    CONVOLVED,
    COPULAS,
    COUNTED,
    COUNTED_EACH,
    DEPTHWISE,
    ENDS,
    EXTENTS,
    FILTER_WORDS,
    GLOBAL,
    GROUPED,
    LAYERS,
    LETTER_SIZES,
    LINKS,
    NOUNS,
    NUMBERS,
    OF_GRADIENT,
    ONE,
    ONE_AXIS,
    PADDED,
    QUANTITIES,
    RINGS,
    ROLES,
    SAME,
    SHAPED,
    SUPPOSED,
    SURROUNDED,
    UNPADDED,
    ZERO,
)
from symconv.checking.sources.source import Source

_TIMES = r"\s*(?:\\times|×|✕|x|X|х|\*|\bby\b)\s*"
_MORE = rf"(?:{_TIMES}([0-9]{{1,4}}))?"
_NUMBER = "|".join(NUMBERS)
_SIZE = re.compile(rf"(?<![\d.A-Za-z_-])([0-9]{{1,4}}){_TIMES}([0-9]{{1,4}}){_MORE}{_MORE}(?!\.?\d)")
_NAME = r"(?![ijxX](?![A-Za-z]))[A-Za-z](?:_\s*\\?[A-Za-z0-9]{1,3})?"
_EQUATED = re.compile(
    r"(?<![A-Za-z])([A-Za-z])\s*=[^=,;]*(?:\\(?:star|ast|otimes|circledast)\b|[*⋆⊛⊗])[^=,;]*(?:\\in|∈)[\s^]*$"
)
"""What is made of other arrays and has the size behind it: y = x * w ∈ R^{m × m}."""
_LETTERED = re.compile(
    rf"(?<![A-Za-z\\_^])(?P<one>{_NAME})\s*(?:\\times(?![A-Za-z])|×|✕|\*)\s*(?P<two>{_NAME})(?![A-Za-z_]|\s*(?:\\times|×|[-+−]))"
    rf"|(?<![A-Za-z])(?:length|Länge|longueur|longitud|长度|長さ|길이)\s+(?:of\s+)?(?P<only>{_NAME})(?![A-Za-z_])"
)
"""Sizes in letters: H × W."""
_SPELLED = re.compile(rf"(?<![A-Za-z])({_NUMBER})[ -]by[ -]({_NUMBER})(?![A-Za-z])", re.IGNORECASE)
_BRACKETED = re.compile(
    rf"(?:{SHAPED})[^()\d\n.;]{{0,14}}\(\s*([0-9]{{1,4}})\s*,\s*([0-9]{{1,4}})\s*(?:,\s*([0-9]{{1,4}})\s*)?\)",
    re.IGNORECASE,
)
_EXTENT = {
    name: re.compile(
        rf"(?<![A-Za-z])(?:{words})(?:{LINKS}|\s){{0,3}}?([0-9]{{1,4}}|(?<![A-Za-z])(?:{_NUMBER})(?![A-Za-z]))"
        rf"(?!\.?\d|{_TIMES}\d)", re.IGNORECASE,
    )
    for name, words in EXTENTS.items()
}  # fmt: skip
_BIAS = re.compile(
    rf"(?<![A-Za-z])(?:{BIAS_WORDS})[\s(=:为是は]{{1,4}}(\\[a-z]+|[A-Za-z])\s*_\s*0(?![0-9,])", re.IGNORECASE
)
_LISTED = re.compile(
    r"(?<![A-Za-z\\])(?P<letter>\\[a-z]+|[A-Za-z])\s*_\s*(?P<first>[01])\s*"
    r"(?:,\s*(?:\\[lc]?dots|\.\.\.|…|⋯|(?P=letter)\s*_\s*[0-9]{1,3})\s*)*"
    r",\s*(?P=letter)\s*_\s*(?P<last>[0-9]{1,3})(?![0-9]|\s*,\s*[0-9])"
)
"""Entries along one axis: x_0, …, x_5."""
_COUNTED = re.compile(
    rf"(?<![\w×*.-])([0-9]{{1,4}}|(?:{_NUMBER}))(?:\s*(?:{COUNTED})|-(?:{COUNTED_EACH}))(?![A-Za-z])", re.IGNORECASE
)
_ENDS = {
    name: re.compile(rf"(?<![\w×*.-])([0-9]{{1,4}}|(?:{_NUMBER}))\s*{words}(?!\w)", re.IGNORECASE)
    for name, words in ENDS.items()
}
_SET = re.compile(
    r"(?<![A-Za-z_\\^{])((?:(?:[A-Za-z](?:_(?:[A-Za-z]|\{[A-Za-z]+\}))?)\s*=\s*)+)([0-9]{1,3})(?![0-9.]|\s*[-+*/])"
)
_BASE = re.compile(BASE, re.IGNORECASE)
_ONE_AXIS = re.compile(ONE_AXIS)
_DIGITS = "0123456789"
_WIDE = {
    ord(wide): plain
    for wide, plain in zip(
        "０１２３４５６７８９＝（）،؛؟٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", f"{_DIGITS}=(),;?{_DIGITS}{_DIGITS}", strict=True
    )
}
"""Signs of other scripts."""
_CODE = re.compile(r"(?<!`)`([^`\n]*(?:=|\()[^`\n]*)`(?!`)")
_BORDER = re.compile(r"[.;。；!?！？](?=\s|$|[^\x00-\x7f])|\n|[。；！？]")
_COMMA = re.compile(r"[,，、|]")
_LETTER = re.compile(r"(?<![A-Za-z0-9À-ɏ\\_^{])(\\mathbf\{[A-Za-z]\}|[A-Za-z])(?![A-Za-z0-9À-ɏ'’])")
_INDEX = re.compile(r" *_ *[A-Za-z0-9, ]{1,8}?(?=\s\s|\s[^\s,]|[^\sA-Za-z0-9,]|$)")
_HEADING = re.compile(r"^[ \t]*(?:#{1,6}[ \t]|\\(?:sub)*(?:section|paragraph|chapter)\*?\{|\*\*)[^\n]*", re.MULTILINE)
_TITLE = re.compile(r"(?<=\n\n)[^\W\d_][^\n$\\]{2,70}[^\s.,:;!。，：；](?=\n[ \t]*\n)")
_LEAD = re.compile(r"^[^\W\d_][^\n$\\.,;。，；]{1,30}[:：](?=[ \t]*\n)", re.MULTILINE)
_MARKUP = re.compile(r"\\mathbb *\{?[A-Za-z]\}?|\\(?:left|right|displaystyle|,|;|!|:|quad|mathbf|mathrm|text)\b|[${}]")
_ARTICLE = re.compile(rf"(?<!\S)(?:{ARTICLES})(?=\s)")
WORD = ":"
"""In front of a role that a word says; a letter of the document may look like a role."""
WINDOW = (WORD + "window", WORD + "F")
PLANE = 2
"""The axes of an image without channels."""
REACH = 45
"""So many characters around a size, the word that says what has it is looked for."""
SENTENCE = 150
"""So many characters around an offset, its sentence is looked at."""
COMMA = 12
"""A comma counts like so many characters."""
_GAP = re.compile(rf"\s{{{2 * REACH},}}")
"""Where a display stood: what stands around it says nothing together."""


_LAYER = {kind: re.compile(pattern) for kind, pattern in LAYERS.items()}
_ROLE = {role: re.compile(rf"(?<![A-Za-z])(?:{pattern})", re.IGNORECASE) for role, pattern in ROLES.items()}
_QUANTITY = {
    name: re.compile(
        rf"(?<![A-Za-z])(?:{pattern})(?P<between>[^0-9\n.。;；,，\\]{{0,14}}?)(?P<first>[0-9]{{1,2}}|(?<![A-Za-z])(?:{_NUMBER})(?![A-Za-z]))"
        rf"(?:(?:\s*(?:\\times|×|x)|(?<=\([0-9]),)\s*(?P<second>[0-9]{{1,2}}))?(?![0-9]*(?:\s+[0-9]+)?\s*(?:[x×]|\\times))",
        re.IGNORECASE,
    )
    for name, pattern in QUANTITIES.items()
}
_LETTERED_QUANTITY = {
    name: re.compile(
        rf"(?<![A-Za-z])(?:{pattern})(?:\s|=|\b(?:is|of|equal|to|ist|von|de|est|es)\b|[为是はが])*(?P<letter>[{letters}])(?![\w'])",
    )
    for name, pattern, letters in (
        ("stride", f"[Ss]tride|{QUANTITIES['stride']}", "sS"),
        ("padding", f"[Pp]adding|{QUANTITIES['padding']}", "pP"),
        ("dilation", f"[Dd]ilation|{QUANTITIES['dilation']}", "dD"),
    )
}
_BOUND = re.compile(r"[<>≥≤]|than|大于|超过|이상|größer|больше|mayor|supérieur", re.IGNORECASE)
"""What makes a number a bound."""
_SUPPOSED = re.compile(SUPPOSED, re.IGNORECASE)
"""What speaks of another layer than that of the text."""
_ANEW = re.compile(ANEW, re.IGNORECASE)
_OF_GRADIENT = re.compile(OF_GRADIENT, re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|[。！？；]|\n\s*\n")
_UNPADDED = re.compile(UNPADDED, re.IGNORECASE)
_SAME = re.compile(SAME, re.IGNORECASE)
_PADDED = re.compile(PADDED, re.IGNORECASE)
_SURROUNDED = re.compile(rf"(?<![A-Za-z0-9.])([0-9]|{_NUMBER})\s*{SURROUNDED}", re.IGNORECASE)
_RINGED = re.compile(rf"(?<![A-Za-z0-9.])([1-9]|{_NUMBER}|~|{ONE})[\s-]*(?:zero )?(?:{RINGS})", re.IGNORECASE)
_COUNT = rf"(?:[0-9]{{1,4}}|(?<![A-Za-z])(?:{_NUMBER}|an?|single|each)(?![A-Za-z]))"
_MEASURE = "(?:个|個|つの|個の|개의)?"
_CHANNEL = re.compile(
    rf"(?P<number>{_COUNT})[ -]?{_MEASURE}\s*(?P<role>input|output|in|out|输入|输出|)[ -]?(?:{CHANNELS})", re.IGNORECASE
)
_SIZE_WORD = f"(?:each |of |with |每个?|各|通道)*(?:{SHAPED}|{EXTENTS['size']})"
_FILTERS = re.compile(
    r"(?<![\w×*.-])(?<!by )(?<!× )(?<!x )(?<!\* )(?<!times )"
    rf"(?P<number>[0-9]{{1,3}}|(?:{_NUMBER}))\s*(?:{_SIZE.pattern}\s*)?{_MEASURE}\s*(?:{FILTER_WORDS})(?![A-Za-z_])",
    re.IGNORECASE,
)
_COLOURS = re.compile(r"\bRGB\b")
_DEPTHWISE = re.compile(DEPTHWISE, re.IGNORECASE)
_GROUPED = re.compile(GROUPED, re.IGNORECASE)
_GLOBAL = re.compile(GLOBAL, re.IGNORECASE)
_LINKED = re.compile(
    rf"(?:\s*(?:[,，、]\s*(?={_SIZE_WORD})|{LINKS}|有|每|各|with|each|{_COUNT}?\s*{_MEASURE}\s*(?:input|output)?\s*(?:{CHANNELS})))+\s*",
    re.IGNORECASE,
)
_MAP = re.compile(r"(?<!\w)(?:feature )?maps?\s*$|特征图\s*$", re.IGNORECASE)
_WORDS = {role: rf"(?<![A-Za-z])(?:{pattern})" for role, pattern in ROLES.items() if role != "window"}
_GLUE = rf"(?:\s|\||{_SIZE.pattern}|\(?\s*[0-9]+\s*[,)]|(?<![A-Za-z])(?:{NOUNS}|{LINKS}))*"
_NAMED = {role: re.compile(rf"{pattern}{_GLUE}$", re.IGNORECASE) for role, pattern in _WORDS.items()}
_JOINING = rf"(?:\s|\\in\b|∈|\^|{_SIZE.pattern})*(?:(?<![A-Za-z])(?:{COPULAS})(?![A-Za-z])(?:\s|{_SIZE.pattern})*)+"
_JOINED = {role: re.compile(_JOINING + pattern, re.IGNORECASE) for role, pattern in _WORDS.items()}
_CONVOLVED = re.compile(
    rf"(?<![A-Za-z]){CONVOLVED[0]}\s*{_LETTER.pattern}\s*(?<!\w){CONVOLVED[1]}\s*{_LETTER.pattern}", re.IGNORECASE
)
_IS_SIZE = re.compile(rf"(?:{SHAPED}|\\times|×)[\s(]*$", re.IGNORECASE)
_IS_FACTOR = re.compile(r"\s*(?:\\times|×)")
"""What stands around a letter that is the size of an array."""
_END = re.compile(r"[.;。；!?！？](?=\s|$|[^\x00-\x7f])|\n\s*\n|[。；！？,，、]|\n[-*|]")
BESIDE = ("的", "の", "-", "sized")
"""What may stand between a size and what it directly belongs to."""


@dataclass(frozen=True, slots=True)
class Size:
    """A size in the prose, and what may have it: letters, and roles behind `WORD`, the likeliest first."""

    offset: int
    shape: tuple[int, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lettered:
    """A size in letters, as LaTeX without spaces, and what may have it."""

    letters: tuple[str, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A stride, padding or dilation in the prose."""

    offset: int
    name: str
    value: tuple[int, ...]

    @property
    def is_possible(self) -> bool:
        """Whether there is such a one: a sum that begins with s = 0 tells no stride."""
        return 0 not in self.value or self.name not in ("stride", "dilation")


class Prose:
    """The text of a document without displays and code; inline mathematics stays."""

    def __init__(self, source: Source) -> None:
        text = _with_code(_readable(source), source.text).translate(_WIDE)
        self.text = _MARKUP.sub(_blank, _ARTICLE.sub(_without_article, text) if "$" in text else text)

    def _all(self, pattern: re.Pattern[str], *, lowered: bool = False) -> Iterator[re.Match[str]]:
        """What a pattern finds in the stretches of words."""
        text = self.lowered if lowered else self.text
        return (found for start, stop in self._stretches for found in pattern.finditer(text, start, stop))

    @cached_property
    def _stretches(self) -> tuple[tuple[int, int], ...]:
        """Where words stand, each with some of the blanks around them: most of a page of displays are blanks."""
        gaps = [found.span() for found in _GAP.finditer(self.text)]
        starts = [0, *(stop - REACH for _, stop in gaps)]
        stops = [*(start + REACH for start, _ in gaps), len(self.text)]
        return tuple(zip(starts, stops, strict=True))

    @cached_property
    def headings(self) -> tuple[tuple[int, str], ...]:
        """Offsets and texts of headings; a short line by itself, or with a colon, is one where it names a layer."""
        found = [(match.start(), match[0]) for match in self._all(_HEADING)]
        lines = [(match.start(), match[0]) for title in (_TITLE, _LEAD) for match in self._all(title)]
        found += [line for line in lines if any(pattern.search(line[1].lower()) for pattern in _LAYER.values())]
        return tuple(sorted(found))

    @cached_property
    def layers(self) -> tuple[tuple[int, str], ...]:
        """Where which layer is named, in order; "pool" only where no kind of pooling is said."""
        found = [
            (*match.span(), kind) for kind, pattern in _LAYER.items() for match in self._all(pattern, lowered=True)
        ]
        kept: list[tuple[int, str]] = []
        end = 0
        for start, stop, kind in sorted(found, key=lambda one: one[0]):
            if start >= end:
                kept.append((start, kind))
                end = stop
        return tuple(kept)

    @cached_property
    def lowered(self) -> str:
        """The text in small letters, as long as before."""
        small = self.text.lower()
        return small if len(small) == len(self.text) else "".join(one.lower()[:1] for one in self.text)

    def kinds(self, start: int, stop: int) -> tuple[str, ...]:
        """The kinds of layers that are named between two offsets."""
        found = self.layers[bisect_left(self._places, start) : bisect_left(self._places, stop)]
        return tuple(kind for _, kind in found)

    @cached_property
    def _places(self) -> list[int]:
        return [place for place, _ in self.layers]

    @cached_property
    def sizes(self) -> tuple[Size, ...]:
        """All sizes in order, those that letters stand for behind the others."""
        found = [
            Size(
                match.start(1),
                tuple(_number(part) for part in match.groups() if part),
                self._owners(match.span(1)[0], match.end()),
            )
            for pattern in (_SIZE, _SPELLED, _BRACKETED)
            for match in self._all(pattern)
        ]
        found += self._extents()
        found += [Size(one.offset, one.value, WINDOW) for one in self._calls if one.name == "window"]
        found = [one for one in found if not self._is_supposed(one.offset)]
        return (*sorted(found, key=lambda one: one.offset), *self._letter_sizes())

    def _extents(self) -> Iterator[Size]:
        """Sizes that are one number: a length, or the side of a square where arrays have two axes."""
        for name, pattern in _EXTENT.items():
            for match in self._all(pattern):
                axes = 1 if name == "length" or self.has_one_axis else 2
                owners = WINDOW if name == "window" else self._owners(match.start(), match.end())
                yield Size(match.start(1), (_number(match[1]),) * axes, owners)

    def _letter_sizes(self) -> Iterator[Size]:
        """H = W = 4, n = 6, k = 3."""
        for match in self._all(_SET):
            letters = [letter.strip() for letter in match[1].split("=") if letter.strip()]
            roles = {LETTER_SIZES.get(letter, "") for letter in letters}
            if len(roles) == 1 and "" not in roles:
                role = roles.pop()
                owners = (WORD + "X",) if role == "X" else WINDOW
                yield Size(match.start(), (int(match[2]),) * (1 if self.has_one_axis else 2), owners)

    @cached_property
    def listed(self) -> tuple[Size, ...]:
        """Lengths of arrays along one axis whose entries are listed or counted."""
        listed = [
            Size(found.start(), (int(found["last"]) - int(found["first"]) + 1,), (found["letter"],))
            for found in self._all(_LISTED)
        ]
        listed += [
            Size(found.start(), (_number(found[1]),), self._owners(*found.span())) for found in self._all(_COUNTED)
        ]
        return tuple(one for one in listed if one.shape[0] > 0)

    @cached_property
    def biases(self) -> tuple[str, ...]:
        """The letters whose entry 0 is called a bias."""
        return tuple(found[1] for found in self._all(_BIAS))

    @cached_property
    def is_global(self) -> bool:
        """Whether one window is said to cover the input."""
        return any(self._all(_GLOBAL))

    @cached_property
    def has_one_axis(self) -> bool:
        """Whether arrays are said to have one axis."""
        return any(self._all(_ONE_AXIS, lowered=True))

    def axes(self, start: int, stop: int) -> int | None:
        """How many axes arrays are said to have: the least of the sizes between two offsets; 3 may be channels."""
        if self.has_one_axis:
            return 1
        least = min((len(size.shape) for size in self.sizes if start <= size.offset < stop), default=None)
        return None if least is None or least > PLANE else least

    @cached_property
    def index_base(self) -> int | None:
        """The number that indices are said to begin with."""
        found = {next(filter(None, match.groups())).lower() in ZERO for match in self._all(_BASE)}
        return None if len(found) != 1 else 0 if found.pop() else 1

    @cached_property
    def _calls(self) -> tuple[Setting, ...]:
        return tuple(settings_in(self.text))

    @cached_property
    def roles(self) -> tuple[tuple[int, str, str], ...]:
        """Where which letter is said to be the input, the filter or the output: offset, role and letter."""
        found = []
        for letter in self._all(_LETTER):
            role = self._role(letter)
            if role:
                found.append((letter.start(), role, letter[1]))
        for pair in self._all(_CONVOLVED):
            found += [(pair.start(place), role, pair[place]) for place, role in ((1, "X"), (2, "F"))]
        return tuple(sorted(set(found)))

    def _role(self, letter: re.Match[str]) -> str:
        """What the words in front of a letter say that it is, or else those behind it."""
        before = _END.split(self.text[max(letter.start() - REACH, 0) : letter.start()])[-1]
        after = self.text[_behind(letter) : _behind(letter) + REACH]
        if _IS_SIZE.search(before) or _IS_FACTOR.match(after):
            return ""
        named = {role: match.start() for role, pattern in _NAMED.items() if (match := pattern.search(before))}
        if self.is_global and _MAP.search(before):
            return "X"
        if named:
            return min(named, key=named.__getitem__)
        return next((role for role, pattern in _JOINED.items() if pattern.match(after)), "")

    @cached_property
    def lettered(self) -> tuple[Lettered, ...]:
        return tuple(
            Lettered(tuple(_spelled(part) for part in found.groups() if part), self._owners(*found.span()))
            for found in self._all(_LETTERED)
            if not self.text[: found.start()].rstrip().endswith((r"\times", "×", "*"))
        )

    @cached_property
    def lettered_quantities(self) -> dict[str, str]:
        """The letters of strides, paddings and dilations that prose gives no number."""
        numbered = {one.name for one in self.quantities}
        return {
            match["letter"]: name
            for name, pattern in _LETTERED_QUANTITY.items()
            for match in self._all(pattern)
            if name not in numbered
        }

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        found = [
            Quantity(match.start(), name, tuple(_number(part) for part in match.group("first", "second") if part))
            for name, pattern in _QUANTITY.items()
            for match in self._all(pattern)
            if not _BOUND.search(match["between"])
        ]
        found += [Quantity(match.start(), "padding", (0,)) for match in self._all(_UNPADDED)]
        found += [Quantity(one.start(), "padding", (_number(one[1]),)) for one in self._all(_SURROUNDED)]
        found += [
            Quantity(one.start(), "padding", (max(_number(one[1]), 1),))
            for one in self._all(_RINGED)
            if self._is_of_input(one)
        ]
        found += [Quantity(one.start(), name, (_number(one[1]),)) for name in _ENDS for one in self._all(_ENDS[name])]
        found += [Quantity(one.offset, one.name, one.value) for one in self._calls if one.name != "window"]
        found += self._channels()
        kept = [one for one in found if one.is_possible and not self._is_supposed(one.offset)]
        return tuple(sorted(kept, key=lambda one: one.offset))

    @cached_property
    def restated(self) -> tuple[tuple[int, bool], ...]:
        """Where a stride, padding or dilation of a convolution is said anew, and whether the sentence tells so."""
        held: dict[str, tuple[int, ...]] = {"stride": (1,), "padding": (0,), "dilation": (1,)}
        found = []
        for one in self.quantities:
            sentence = self._sentence(one.offset)
            if one.name in held and held[one.name] != one.value and not self._is_of_another(sentence):
                held[one.name] = one.value
                found.append((one.offset, bool(_ANEW.search(sentence))))
        return tuple(found)

    @cached_property
    def keeps_the_size(self) -> bool:
        """Whether the output is said to be as large as the input."""
        return bool(_SAME.search(self.text))

    @cached_property
    def pads_the_input(self) -> bool:
        """Whether the array that formulas speak of is the padded one."""
        return bool(_PADDED.search(self.text))

    def _is_of_input(self, ring: re.Match[str]) -> bool:
        """Whether a ring of zeros is one around the input: its sentence speaks of that."""
        return bool(_ROLE["X"].search(self._sentence(ring.start())))

    def is_of_another(self, quantity: Quantity) -> bool:
        """Whether a quantity is one of a pool, or of how a gradient is computed."""
        return self._is_of_another(self._sentence(quantity.offset))

    def _is_of_another(self, sentence: str) -> bool:
        """Whether a sentence speaks of a pool, or of how a gradient is computed."""
        lowered = sentence.lower()
        pools = any(_LAYER[kind].search(lowered) for kind in ("max-pool", "avg-pool", "pool"))
        return (pools and not _LAYER["conv"].search(lowered)) or bool(_OF_GRADIENT.search(sentence))

    def _is_supposed(self, offset: int) -> bool:
        """Whether the sentence around an offset says what would be, or what another picture shows."""
        return bool(_SUPPOSED.search(self._sentence(offset)))

    def _sentence(self, offset: int) -> str:
        before, after = self.text[max(offset - SENTENCE, 0) : offset], self.text[offset : offset + SENTENCE]
        return _SENTENCE_END.split(before)[-1] + _SENTENCE_END.split(after)[0]

    def _channels(self) -> Iterator[Quantity]:
        """How many channels the input and the output have."""
        for match in self._all(_CHANNEL):
            said = match["role"].lower()
            before = _BORDER.split(self.text[max(match.start() - REACH, 0) : match.start()])[-1]
            named = [(at, role[len(WORD) :]) for role, at, _ in _named(before) if role.startswith(WORD)]
            role = {"input": "X", "in": "X", "输入": "X", "": max(named, default=(0, "X"))[1]}.get(said, "O")
            number = _number(match["number"])
            if number > 0:
                yield Quantity(match.start(), "out_channels" if role == "O" else "in_channels", (number,))
        for match in self._all(_FILTERS):
            yield Quantity(match.start(), "filters", (_number(match["number"]),))
        yield from (Quantity(match.start(), "in_channels", (3,)) for match in self._all(_COLOURS))
        for name, pattern in (("depthwise", _DEPTHWISE), ("grouped", _GROUPED), ("global", _GLOBAL)):
            yield from (Quantity(match.start(), name, (1,)) for match in self._all(pattern))

    def _owners(self, start: int, stop: int) -> tuple[str, ...]:
        before, after = self._clause(start, stop)
        equated = _EQUATED.search(before)
        found = [(-1, 0, equated[1])] if equated else []
        found += [(*_closeness(before[stop:], front=True), who) for who, _, stop in _named(before)]
        found += [(*_closeness(after[:start], front=False), who) for who, start, _ in _named(after)]
        return tuple(who for _, _, who in sorted(found))

    def _clause(self, start: int, stop: int) -> tuple[str, str]:
        before = self.text[max(start - REACH, 0) : start]
        after = self.text[stop : stop + REACH]
        return _BORDER.split(before)[-1], _BORDER.split(after)[0]


def _named(clause: str) -> Iterator[tuple[str, int, int]]:
    for role, pattern in _ROLE.items():
        for found in pattern.finditer(clause):
            yield WORD + role, found.start(), found.end()
    for found in _LETTER.finditer(clause):
        yield found[1], found.start(), _behind(found)


def _behind(letter: re.Match[str]) -> int:
    """Where a letter and its index end."""
    index = _INDEX.match(letter.string, letter.end())
    return index.end() if index else letter.end()


def _closeness(between: str, *, front: bool) -> tuple[int, int]:
    """A rank and a distance: what stands next to a size, then what words such as "of size" join to it, then others."""
    rest = between.strip()
    distance = len(rest) + COMMA * len(_COMMA.findall(rest))
    if not rest or (not front and rest in BESIDE):
        return (0 if front else 1), distance
    return (2 if front and _LINKED.fullmatch(rest) else 3), distance


def _spelled(name: str) -> str:
    """The letter of a size as LaTeX without spaces, one sign below it without braces."""
    letter, _, below = name.replace(" ", "").partition("_")
    return letter if not below else f"{letter}_{below}" if len(below) == 1 else f"{letter}_{{{below}}}"


def _without_article(found: re.Match[str]) -> str:
    """An article links, a conjunction does not."""
    return "~" if found[0] in ("a", "A", "o") else "¦"


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _number(text: str) -> int:
    return NUMBERS.get(text.lower(), 1 if text.lower() == "single" else -1) if not text.isdigit() else int(text)


def _with_code(prose: str, text: str) -> str:
    """The prose with settings and calls put back that stand in it as code."""
    pieces, at = [], 0
    for code in _CODE.finditer(text):
        start, stop = code.span(1)
        if prose[start:stop].isspace():
            pieces += [prose[at:start], text[start:stop]]
            at = stop
    return "".join([*pieces, prose[at:]])


def _readable(source: Source) -> str:
    """The prose with its inline mathematics put back."""
    if not source.prose:
        return source.text
    marked = any(passage.kind == "inline" for passage in source.passages)
    prose = _ARTICLE.sub(_without_article, source.prose) if marked else source.prose
    pieces, at = [], 0
    for passage in source.passages:
        if passage.kind == "inline" and passage.places and passage.places[0][1] >= at:
            start = passage.places[0][1]
            pieces += [prose[at:start], source.text[start : passage.stop]]
            at = passage.stop
    return "".join([*pieces, prose[at:]])
