"""LaTeX of the tree, in the subset that LaTeX with amsmath, KaTeX in strict mode and GitHub all accept.

A matrix with fractions prints them at display size with air between its rows. Colours are written by a table, because
LaTeX wants names that its preamble defines and web renderers want the colour itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from symconv.notation.layout import Display, Line, lines, on_one_line, packed
from symconv.notation.measure import is_tall
from symconv.notation.tree import (
    Applied,
    Arrow,
    Big,
    Blank,
    Bounded,
    Bracketed,
    Branch,
    Call,
    Cases,
    Ceiling,
    Decimal,
    Delta,
    Diagram,
    Differential,
    Divides,
    Dots,
    Floor,
    Function,
    Index,
    Indexed,
    Infix,
    Inner,
    Inside,
    Iverson,
    Labelled,
    Letter,
    Listed,
    Marked,
    Matrix,
    Named,
    Negative,
    Node,
    Number,
    Ones,
    Operation,
    Partial,
    Power,
    Product,
    Ratio,
    Relation,
    Slice,
    Style,
    Sum,
    Symbol,
    Transpose,
    Words,
    Zero,
    chains,
    parameter_text,
    walk,
)

OPERATORS = {"correlate": r"\otimes", "convolve": r"\ast", "hadamard": r"\odot", "divide": r"\oslash"}
TIMES = r" \times "
SIGNS = {
    "=": "=", "←": r"\leftarrow", "≠": r"\ne", "<": "<", ">": ">", "≤": r"\le", "≥": r"\ge", "≈": r"\approx",
    "→": r"\rightarrow", "≔": r"\coloneqq", "≡": r"\equiv", "∝": r"\propto", "∈": r"\in", "∼": r"\sim",
    "⇒": r"\Rightarrow", "⇔": r"\Leftrightarrow", "∣": r"\mid",
}  # fmt: skip
OPERATION_SIGNS = {
    "*": r"\ast", "⋆": r"\star", "⊗": r"\otimes", "⊙": r"\odot", "⊘": r"\oslash", "⊕": r"\oplus", "⊖": r"\ominus",
    "∘": r"\circ", "⊛": r"\circledast", "⊚": r"\circledcirc", "•": r"\bullet", "⊠": r"\boxtimes", "⊡": r"\boxdot",
    "⋄": r"\diamond", "∧": r"\wedge", "∪": r"\cup", "∩": r"\cap", "∖": r"\setminus", "×": r"\times",
}  # fmt: skip
"""Signs of operations whose meaning is not known; one with an accent is that sign under it, another is a word."""
ACCENTS = {"^": "hat", "~": "tilde", "¯": "bar"}
DIFFERENTIALS = {"∂": r"\partial", "d": r"\mathrm{d}", "∇": r"\nabla"}
BOUNDED = {"∑": r"\sum", "∏": r"\prod"}
FUNCTIONS = {
    "log": r"\log",
    "tanh": r"\tanh",
    "sin": r"\sin",
    "cos": r"\cos",
    "max": r"\max",
    "min": r"\min",
    "erf": r"\mathrm{erf}",
}
"""Functions that have a sign of their own; others print by the letter that is their name."""
DOTS = {"row": r"\cdots", "column": r"\vdots", "corner": r"\ddots", "sum": r"\cdots"}
WEB_COLOURS = {"X": "#0072B2", "F": "#D55E00", "G": "#009E73", "O": "#009E73", "zero": "#808080"}
"""Okabe and Ito's blue, vermilion and green, which stay apart for colour-blind readers."""
ALIGN = "&\u2060"
"""The alignment mark of a line, told apart from those in matrices until the environment is written."""
TEX_COLOURS = {name: f"symconv{name}" for name in WEB_COLOURS}


@dataclass(frozen=True, slots=True)
class LatexPrinter:
    r"""Prints nodes as LaTeX mathematics without delimiters.

    >>> from symconv.notation.tree import equals
    >>> LatexPrinter(Style())(equals(Symbol("dF", (0, 0)), Product((Symbol("G", (0, 0)), Symbol("X", (0, 0))))))
    '\\frac{\\partial L}{\\partial F_{11}} = \\frac{\\partial L}{\\partial O_{11}} X_{11}'
    """

    style: Style
    colours: Mapping[str, str] | None = None

    def __call__(self, node: Node) -> str:
        match node:
            case Number(value):
                return _number(value)
            case Decimal():
                digits, tens = node.parts()
                return digits if tens is None else rf"{digits} \cdot 10^{{{tens}}}"
            case Bracketed(inner):
                return rf"\left( {self(inner)} \right)"
            case Letter(letter):
                return letter
            case Symbol(role):
                return self._symbol(node, role)
            case Partial(over, under):
                sign = "d" if node.total else r"\partial "
                return rf"\frac{{{sign}{self(over)}}}{{{sign}{self(under)}}}"
            case Ratio(over, under):
                return rf"\frac{{{self(over)}}}{{{self(under)}}}"
            case Sum(terms):
                return self._sum(terms)
            case Negative(term):
                return f"-{self._factor(term)}"
            case Product(factors):
                return self._product(factors)
            case Power(base, exponent):
                return rf"{self._based(base)}^{{{self._exponent(exponent)}}}"
            case Function(name, arguments, primes):
                return self._function(name, arguments, primes)
            case Cases(branches):
                body = r" \\ ".join(map(self, branches))
                return rf"\begin{{cases}} {body} \end{{cases}}"
            case Branch(value, condition):
                return rf"{self(value)} & {self(condition)}"
            case Delta(left, right):
                return rf"\delta_{{{self.style.indices(Symbol('', (left, right)))}}}"
            case Index():
                return self.style.indices(Symbol("", (node,)))
            case Divides(divisor, body):
                return rf"{self(divisor)} \mid {self.style.expression(body)}"
            case Inside(place, size):
                start, sign = self.style.index_base, r"\le" if self.style.index_base else "<"
                return rf"{start} \le {self.style.indices(Symbol('', (place,)))} {sign} {self(size)}"
            case Iverson(rows):
                texts = [r",\; ".join(map(self, row)) for row in rows]
                stacked = r" \\ ".join(texts)
                body = rf"\begin{{array}}{{l}} {stacked} \end{{array}}" if len(texts) > 1 else texts[0]
                return rf"\left[ {body} \right]"
            case Ones():
                return r"\mathbf{1}"
            case Ceiling(body):
                return rf"\left\lceil {self(body)} \right\rceil"
            case Floor(body):
                return rf"\left\lfloor {self(body)} \right\rfloor"
            case Big(variables, body):
                return rf"\sum_{{{_letters(variables)}}} {self._factor(body)}"
            case Transpose(body):
                return rf"{self._based(body)}^{{\top}}"
            case Infix():
                return self._infix(node)
            case Call(function, arguments, parameters):
                subscript = f"_{{{parameter_text(parameters, TIMES, self)}}}" if parameters else ""
                inside = ",\\, ".join(self(argument) for argument in arguments)
                return rf"\mathrm{{{function}}}{subscript}\left( {inside} \right)"
            case Slice(body, position):
                return rf"{{{self(body)}}}_{{{position + self.style.index_base}}}"
            case Inner(left, right):
                return rf"\left\langle {self(left)},\, {self(right)} \right\rangle_{{F}}"
            case Zero(kind):
                return self._coloured("zero", r"\underline{0}" if kind == "inserted" else "0")
            case Dots(direction):
                return DOTS[direction]
            case Matrix(rows):
                return self._matrix(rows)
            case Arrow(name, below, back):
                return _arrow(name, ",\\, ".join(map(self, below)), back=back)
            case Diagram(rows):
                body = r" \\[6pt] ".join(" & ".join(map(self, row)) for row in rows)
                return rf"\begin{{matrix}} {body} \end{{matrix}}".replace(r"\frac", r"\dfrac")
            case Blank():
                return ""
            case Named(letter, lower, upper, primes):
                return _named(letter, lower, upper, primes)
            case Applied(head, arguments):
                return rf"{self(head)}\left( {_listed(map(self, arguments))} \right)"
            case Operation(sign, left, right, lower):
                return f"{self._operand(left)} {_operation_sign(sign)}{_below(lower)} {self._operand(right)}"
            case Differential(sign, body, lower):
                return f"{DIFFERENTIALS[sign]}{_below(lower)} {self._based(body)}"
            case Indexed(body, lower):
                return rf"\left( {self(body)} \right){_below(lower)}"
            case Bounded(sign, below, above, body):
                limits = _below(_listed(map(self, below))) + _above(_listed(map(self, above)))
                return rf"{BOUNDED[sign]}{limits} {self._factor(body)}"
            case Words(text):
                return rf"\text{{{text}}}"
            case Listed(items):
                return rf"\left( {_listed(map(self, items))} \right)"
            case Labelled(body, label, ()):
                return rf"\underbrace{{{self(body)}}}_{{{self(label)}}}"
            case Labelled(body, label, sizes):
                shape = r" \times ".join(map(str, sizes))
                return rf"\underbrace{{{self(body)}}}_{{{self(label)}\;({shape})}}"
            case Marked(body, role, framed):
                inside = self._coloured(role, self(body))
                return rf"\boxed{{{inside}}}" if framed else inside
            case Relation(sides):
                rest = (f" {SIGNS[node.sign_before(at)]} {self(side)}" for at, side in enumerate(sides[1:], start=1))
                return self(sides[0]) + "".join(rest)
        raise TypeError(f"no LaTeX for {type(node).__name__}")

    def display(self, display: Display) -> str:
        """The body of a display: one line, or an `aligned` environment."""
        rows = self.rows(display)
        body = rows[0].replace(ALIGN, "") if len(rows) == 1 else _environment("aligned", self.joined(rows))
        return rf"\boxed{{\;{body}\;}}" if display.boxed else body

    def rows(self, display: Display) -> list[str]:
        """The lines of a display, with `ALIGN` before each relation."""
        if display.flow == "packed":
            return [rf" {ALIGN}\qquad ".join(map(self._cell, row)) for row in packed(display, self.style)]
        found = []
        for relation in display.relations:
            if on_one_line(display, relation, self.style):
                found.append(self._cell(relation))
            elif isinstance(relation, Relation):
                found += [self._line(line) for line in lines(relation, self.style)]
            else:
                found.append(f"{ALIGN}{self(relation)}")
        return found

    def joined(self, rows: Sequence[str]) -> str:
        """The lines as the body of an environment."""
        return " \\\\\n".join(rows).replace(ALIGN, "&")

    def _cell(self, node: Node) -> str:
        if not isinstance(node, Relation):
            return f"{self(node)} {ALIGN}"
        left, *rest = node.sides
        right = Relation(tuple(rest), node.sign, node.signs[1:])
        return f"{self(left)} {ALIGN}{SIGNS[node.sign_before(1)]} {self(right)}"

    def _line(self, line: Line) -> str:
        left = f"{self(line.left)} " if line.left is not None else ""
        if not line.terms:
            return f"{ALIGN}{left}".rstrip()
        right = self._sum(line.terms) if len(line.terms) > 1 else self(line.terms[0])
        if line.factor is not None:
            right = rf"{self(line.factor)} \Bigl( {right}"
        if line.closes:
            right += r" \Bigr)"
        if line.continues:
            sign = "" if isinstance(line.terms[0], Negative) else "+ "
            return rf"{ALIGN}\quad {{}} {sign}{right}"
        return f"{left}{ALIGN}{SIGNS[line.sign]} {right}"

    def _symbol(self, symbol: Symbol, role: str) -> str:
        letter = self.style.letter(role)
        if letter is None:
            return self(self.style.as_partial(symbol))
        index = self.style.indices(symbol)
        return _with_subscript(letter, index) if index else letter

    def _sum(self, terms: tuple[Node, ...]) -> str:
        text = self(terms[0])
        for term in terms[1:]:
            text += f" - {self._factor(term.term)}" if isinstance(term, Negative) else f" + {self(term)}"
        return text

    def _product(self, factors: tuple[Node, ...]) -> str:
        texts = [self._factor(factor) for factor in factors]
        texts[1:] = [rf"\left( {text} \right)" if text.startswith("-") else text for text in texts[1:]]
        joined = texts[0]
        for before, factor, text in zip(factors, factors[1:], texts[1:], strict=False):
            whole = isinstance(before, Number) and Fraction(before.value).denominator == 1
            dot = whole and text.startswith((*"0123456789", r"\left("))
            dot = dot or (_of_numbers(before) and _of_numbers(factor)) or _is_word(before) or _is_word(factor)
            dot = dot or text[0].isdigit()
            joined += (r" \cdot " if dot else r" \, " if text.startswith(r"\mathrm") else " ") + text
        return joined

    def _based(self, node: Node) -> str:
        """What bears an exponent: a product in brackets, and braces around what has an exponent already."""
        fraction = isinstance(node, Number) and (Fraction(node.value).denominator != 1 or node.value < 0)
        fraction |= isinstance(node, Symbol) and self.style.letter(node.role) is None
        if fraction or isinstance(node, Product | Ratio | Partial | Transpose | Power | Big | Function | Cases):
            return rf"\left( {self(node)} \right)"
        text = self._factor(node)
        return f"{{{text}}}" if "^" in text and isinstance(node, Symbol | Letter) else text

    def _factor(self, node: Node) -> str:
        text = self(node)
        return rf"\left( {text} \right)" if isinstance(node, Sum | Negative | Infix | Relation | Operation) else text

    def _operand(self, node: Node) -> str:
        compound = isinstance(node, Sum | Negative | Infix | Operation | Relation | Big | Bounded | Cases)
        return rf"\left( {self(node)} \right)" if compound else self(node)

    def _exponent(self, node: Node) -> str:
        """An exponent, a fraction on one line."""
        match node:
            case Number(value):
                return str(value)
            case Negative(Number() as number):
                return f"-{self._exponent(number)}"
        return self(node)

    def _function(self, name: str, arguments: tuple[Node, ...], primes: int) -> str:
        match name, arguments:
            case "exp", (exponent,):
                return rf"e^{{{self(exponent)}}}"
            case "sqrt", (body,):
                return rf"\sqrt{{{self(body)}}}"
            case "abs", (body,):
                return rf"\left\lvert {self(body)} \right\rvert"
        sign = FUNCTIONS.get(name, name) + "'" * primes
        if name == "log" and isinstance(arguments[0], Symbol | Letter):
            return f"{sign} {self(arguments[0])}"
        inside = ",\\, ".join(map(self, arguments))
        return rf"{sign}\left( {inside} \right)"

    def _infix(self, node: Infix) -> str:
        sign = OPERATORS[node.operator]
        if node.stride:
            sign += f"_{{{parameter_text(node.stride, TIMES)}}}"
        left, right = (
            rf"\left( {self(side)} \right)" if isinstance(side, Sum | Infix | Operation | Big | Cases) else self(side)
            for side in (node.left, node.right)
        )
        left = self(node.left) if chains(node) else left
        return f"{left} {sign} {right}"

    def _matrix(self, rows: tuple[tuple[Node, ...], ...]) -> str:
        tall = any(is_tall(cell, self.style) for row in rows for cell in row)
        end = r" \\[12pt] " if tall else r" \\ "
        body = end.join(" & ".join(self(cell) for cell in row) for row in rows)
        body = body.replace(r"\frac", r"\dfrac") if tall else body
        return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"

    def _coloured(self, name: str, text: str) -> str:
        if self.colours is None or name not in self.colours:
            return text
        return rf"{{\color{{{self.colours[name]}}}{{{text}}}}}"


def _arrow(name: str, below: str, *, back: bool) -> str:
    if not name:
        return r"\longleftarrow" if back else r"\longrightarrow"
    under = f"[{below}]" if below else ""
    return rf"\{'xleftarrow' if back else 'xrightarrow'}{under}{{\mathrm{{{name}}}}}"


def _named(letter: str, lower: str, upper: str, primes: int) -> str:
    text = letter if len(letter) == 1 or letter.startswith("\\") else rf"\mathrm{{{letter}}}"
    return text + "'" * primes + _below(lower) + _above(upper)


def _below(script: str) -> str:
    return f"_{{{script}}}" if script else ""


def _above(script: str) -> str:
    return f"^{{{script}}}" if script else ""


def _operation_sign(sign: str) -> str:
    if sign in OPERATION_SIGNS:
        return OPERATION_SIGNS[sign]
    if sign[:-1] in OPERATION_SIGNS:
        return rf"\{ACCENTS[sign[-1]]}{{{OPERATION_SIGNS[sign[:-1]]}}}"
    return rf"\mathbin{{\mathrm{{{sign}}}}}"


def _listed(texts: Iterable[str]) -> str:
    return ",\\, ".join(texts)


def _number(value: Fraction | int) -> str:
    fraction = Fraction(value)
    if fraction.denominator == 1:
        return str(fraction.numerator)
    sign = "-" if fraction < 0 else ""
    return rf"{sign}\frac{{{abs(fraction.numerator)}}}{{{fraction.denominator}}}"


def _of_numbers(node: Node) -> bool:
    """Whether nothing but numbers stands in a node: side by side, two of them could be read as one."""
    return not any(isinstance(part, Symbol | Letter | Big | Dots | Delta) for part in walk(node))


def _is_word(node: Node) -> bool:
    return isinstance(node, Letter) and node.letter.startswith(r"\mathit")


def _letters(variables: Sequence[str]) -> str:
    return ("" if all(len(letter) == 1 for letter in variables) else ",").join(variables)


def _with_subscript(letter: str, index: str) -> str:
    base, mark, own = letter.partition("_")
    if mark:
        return f"{base}_{{{own.strip('{}')},{index}}}"
    return f"{letter}_{{{index}}}"


def _environment(name: str, body: str) -> str:
    return f"\\begin{{{name}}}\n{body}\n\\end{{{name}}}"
