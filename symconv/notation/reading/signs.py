"""What the signs, commands and words of formulas are: tables, nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from symconv.notation.letters import GREEK

GREEK_LETTERS = frozenset(GREEK) | {
    "varphi", "vartheta", "varrho", "varsigma", "varkappa", "varpi", "digamma", "Upsilon", "hbar", "imath", "jmath",
}  # fmt: skip
LETTERS = frozenset(
    {*(f"\\{name}" for name in GREEK_LETTERS), r"\infty", r"\top", r"\bot", r"\emptyset", r"\varnothing"}
)
"""Commands that are a letter by themselves."""

MOVES: Mapping[str, str] = {
    r"\uparrow": "↑", r"\downarrow": "↓", r"\updownarrow": "↕", r"\Uparrow": "⇑", r"\Downarrow": "⇓",
}  # fmt: skip
"""Arrows behind what grows or shrinks, which are prose."""
RELATIONS: Mapping[str, str] = {
    "=": "=", ":=": "≔", "=:": "≔", r"\coloneqq": "≔", r"\coloneq": "≔", r"\triangleq": "≔", r"\doteq": "≔",
    r"\equiv": "≡", r"\approx": "≈", r"\simeq": "≈", r"\cong": "≈", r"\approxeq": "≈", r"\sim": "∼",
    r"\propto": "∝", r"\ne": "≠", r"\neq": "≠", "!=": "≠", "==": "=", "<": "<", ">": ">", r"\lt": "<", r"\gt": ">",
    r"\le": "≤", r"\leq": "≤", r"\leqslant": "≤", "<=": "≤", r"\ge": "≥", r"\geq": "≥", r"\geqslant": "≥", ">=": "≥",
    r"\leftarrow": "←", r"\gets": "←", r"\longleftarrow": "←", "<-": "←", r"\rightarrow": "→", r"\to": "→", "->": "→",
    r"\longrightarrow": "→", r"\mapsto": "→", r"\in": "∈", r"\Rightarrow": "⇒", r"\implies": "⇒",
    r"\Longrightarrow": "⇒", "=>": "⇒", r"\Leftrightarrow": "⇔", r"\iff": "⇔", r"\Longleftrightarrow": "⇔",
    r"\mid": "∣", r"\longmapsto": "→", r"\leadsto": "→", r"\rightsquigarrow": "→", r"\hookrightarrow": "→",
    r"\Leftarrow": "←", r"\leftrightarrow": "⇔", r"\nearrow": "→", r"\searrow": "→",
}  # fmt: skip
OPERATIONS: Mapping[str, str] = {
    "*": "*", r"\ast": "*", r"\star": "⋆", r"\otimes": "⊗", r"\bigotimes": "⊗", r"\odot": "⊙", r"\bigodot": "⊙",
    r"\oslash": "⊘", r"\oplus": "⊕", r"\ominus": "⊖", r"\circ": "∘", r"\circledast": "⊛", r"\circledcirc": "⊚",
    r"\bullet": "•", r"\boxtimes": "⊠", r"\boxdot": "⊡", r"\diamond": "⋄", r"\wedge": "∧", r"\cup": "∪", r"\cap": "∩",
    r"\setminus": "∖",
}  # fmt: skip
"""Signs between two operands that each text uses as it likes."""
DOTS: Mapping[str, str] = {
    r"\dots": "sum", r"\ldots": "sum", r"\cdots": "sum", r"\dotsc": "sum", r"\dotsb": "sum", r"\dotsm": "sum",
    r"\vdots": "column", r"\ddots": "corner", r"\hdots": "sum",
}  # fmt: skip
DELIMITERS: Mapping[str, tuple[str, str]] = {
    "(": ("(", ""), "[": ("[", ""), r"\{": ("{", ""), r"\lbrace": ("{", ""), r"\langle": ("⟨", ""), "⟨": ("⟨", ""),
    r"\lfloor": ("⌊", ""), r"\lceil": ("⌈", ""), r"\lvert": ("|", ""), r"\lVert": ("‖", ""), r"\lbrack": ("[", ""),
    r"\lparen": ("(", ""),
    ")": ("", "("), "]": ("", "["), r"\}": ("", "{"), r"\rbrace": ("", "{"), r"\rangle": ("", "⟨"), "⟩": ("", "⟨"),
    r"\rfloor": ("", "⌊"), r"\rceil": ("", "⌈"), r"\rvert": ("", "|"), r"\rVert": ("", "‖"), r"\rbrack": ("", "["),
    r"\rparen": ("", "("),
}  # fmt: skip
"""What each bracket opens or closes."""
TOKENS: Mapping[str, tuple[str, str]] = {
    "(": ("_LPAR", "_RPAR"), "[": ("LSQUARE", "_RSQUARE"), "{": ("_LCURLY", "_RCURLY"), "⟨": ("_LANGLE", "_RANGLE"),
    "⌊": ("_LFLOOR", "_RFLOOR"), "⌈": ("_LCEIL", "_RCEIL"), "|": ("_LBAR", "_RBAR"), "‖": ("_LNORM", "_RNORM"),
    "call": ("_OPEN", "_CLOSE"), "group": ("_LBRACE", "_RBRACE"),
}  # fmt: skip
"""The tokens that open and close each kind of bracket."""

FONTS: Mapping[str, str] = {
    "mathcal": "mathcal", "mathscr": "mathcal", "mathbf": "mathbf", "boldsymbol": "mathbf", "bm": "mathbf",
    "pmb": "mathbf", "symbf": "mathbf", "mathbb": "mathbb", "mathfrak": "mathfrak", "mathsf": "mathsf",
    "mathrm": "mathrm", "mathit": "mathit", "mathtt": "",
    "text": "", "textit": "", "textrm": "", "textbf": "", "textsf": "", "texttt": "", "textnormal": "", "mbox": "",
    "hbox": "", "operatorname": "", "operatorname*": "", "mathop": "", "mathnormal": "", "emph": "",
}  # fmt: skip
"""Commands that set their argument in another alphabet, and the alphabet that is kept with a letter."""
ACCENTS: Mapping[str, str] = {
    "hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar", "overline": "bar",
    "vec": "vec", "overrightarrow": "vec", "dot": "dot", "ddot": "ddot", "breve": "breve", "check": "check",
    "underline": "underline", "mathring": "mathring", "acute": "acute", "grave": "grave",
}  # fmt: skip
_WRAPPERS = """
    boxed fbox framebox smash only onslide uncover visible alert action mathclap mathllap mathrlap
    cancel bcancel xcancel mathrel mathbin mathord mathinner mathpunct ensuremath displaylines
"""
WRAPPERS = frozenset(_WRAPPERS.split())
"""Commands with one argument that stands as it is."""
_SILENT = {
    0: r"""left right middle bigl bigr Bigl Bigr biggl biggr Biggl Biggr big Big bigg Bigg bigm Bigm displaystyle
        textstyle scriptstyle scriptscriptstyle limits nolimits therefore because rm bf it sf tt cal mathstrut nonumber
        notag hfill hfil noindent normalsize small large Large footnotesize quad qquad enspace thinspace negthinspace
        nobreak allowbreak par hline centering strut , ; : ! > / unboldmath boldmath qed newline square blacksquare
        relax vfill pause displaylimits break pagebreak nopagebreak allowdisplaybreaks""",
    1: """hspace hspace* vspace vspace* label tag tag* phantom hphantom vphantom color arraystretch textcolor colorbox
        ref eqref cite hskip kern mskip mkern cline href class style""",
    2: "rule fcolorbox setlength",
}
IGNORED: Mapping[str, int] = {name: count for count, names in _SILENT.items() for name in names.split()} | {" ": 0}
"""Commands that say nothing in a formula, with how many of their arguments say nothing either."""
_NAMED_FUNCTIONS = """
    log ln lg exp max min tanh sinh cosh sin cos tan cot arg det sup inf Pr dim ker gcd lim argmax argmin
"""
NAMED_FUNCTIONS = frozenset(_NAMED_FUNCTIONS.split())
"""Functions that LaTeX has commands for."""
WITHOUT_BRACKETS = NAMED_FUNCTIONS | {"vec", "diag", "tr", "softmax", "relu", "sign", "sgn", "erf", "sqrt"}
"""Functions that may stand before their argument without a bracket."""
_WORDS = """
    conv convolve convolution conv1d conv2d conv3d corr correlate correlation xcorr crosscorr crosscorrelation
    deconv fullconv fullconvolution pad padding zeropad rot rot90 rot180 rotate rotate180 flip flip180 fliplr flipud
    rev reverse relu lrelu leakyrelu elu gelu silu swish sigmoid sigm softmax logsoftmax softplus log ln exp sqrt
    abs max min sum mean avg argmax argmin maxpool avgpool meanpool pool pooling unpool maxunpool upsample
    downsample subsample vec unvec diag trace reshape flatten unflatten dilate dilation spread im2col col2im unfold
    fold keep repeat sign sgn sin cos tan tanh sinh cosh erf var std tile full relation batchnorm layernorm loss
    cost crossentropy jacobian batch size kron toeplitz mode same convtranspose fullcorr validconv
"""
WORDS = frozenset(_WORDS.split())
"""Words that are read as one name wherever their letters stand side by side."""
INFIX_WORDS = frozenset({"conv", "corr", "xcorr", "convolve", "correlate"})
"""Words that may stand between two operands."""
_CONDITION_WORDS = """
    if for when where if, for, when, where, si pour quand falls wenn für se para cuando если при когда 如果 当 若
    対して 만약 إذا
"""
CONDITION_WORDS = frozenset(_CONDITION_WORDS.split())
"""Words in front of the condition of a case."""
_JOINING_WORDS = """
    and or so since because as hence thus then therefore also i.e. that namely using which whenever
    provided
    und oder also da weil et ou donc car y e o ya pois и или так поэтому
    且 和 或 与 所以 因此 则 故 即 また よって だから 여기서 그리고 حيث و
"""
JOINING_WORDS = frozenset(_JOINING_WORDS.split())
"""Words between a formula and another one, or what is said of it."""
_IF_WORDS = (
    "if when si quand wenn falls se para cuando если при когда 如果 当 若 unless otherwise else sonst sinon 否则"
)
IF_WORDS = frozenset(_IF_WORDS.split())
"""Words that restrict what is said to where something holds, which may be said in words."""
_WHERE_WORDS = "where with here wobei mit où avec donde con onde com где 其中 这里 ここで"
WHERE_WORDS = frozenset(_WHERE_WORDS.split())
"""Words in front of what letters are, which may be a formula that says something itself."""
_TEXTS = "text textit textrm textbf textsf textnormal mbox hbox"
TEXTS = frozenset(f"\\{name}" for name in _TEXTS.split())
"""Commands whose argument is prose."""

_ENVIRONMENTS = {
    "matrix": """matrix bmatrix pmatrix vmatrix Bmatrix Vmatrix smallmatrix array psmallmatrix bsmallmatrix matrix*
        bmatrix* pmatrix* tabular NiceMatrix bNiceMatrix pNiceMatrix""",
    "cases": "cases dcases rcases cases* dcases* numcases",
    "rows": """aligned align align* split gathered gather gather* equation equation* eqnarray eqnarray* alignedat
        alignat alignat* dmath dmath* dgroup dgroup* IEEEeqnarray IEEEeqnarray* empheq
        multline multline* multlined flalign flalign* displaymath math subequations aligned*
        subarray""",
}
ENVIRONMENTS: Mapping[str, str] = {name: kind for kind, names in _ENVIRONMENTS.items() for name in names.split()}
"""What each environment holds: entries, cases, or rows that are equations or pieces of one."""

UNICODE: Mapping[str, str] = {
    **{sign: f"\\{name}" for name, sign in GREEK.items()},
    "Σ": r"\sum", "ε": r"\epsilon", "ϕ": r"\varphi", "ϑ": r"\vartheta", "µ": r"\mu", "∑": r"\sum", "∏": r"\prod",
    "∂": r"\partial", "𝜕": r"\partial", "∇": r"\nabla", "·": r"\cdot", "⋅": r"\cdot", "∙": r"\cdot", "×": r"\times",
    "÷": "/", "∕": "/", "−": "-", "–": "-", "∗": "*", "＊": "*", "⋆": r"\star", "★": r"\star", "⊗": r"\otimes",
    "⊙": r"\odot", "◦": r"\circ", "∘": r"\circ", "⊕": r"\oplus", "⊘": r"\oslash", "⊛": r"\circledast",
    "•": r"\bullet", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "≡": r"\equiv", "≔": r"\coloneqq",
    "∝": r"\propto", "∼": r"\sim", "←": r"\leftarrow", "→": r"\rightarrow", "⟶": r"\rightarrow", "⇒": r"\Rightarrow",
    "⇔": r"\Leftrightarrow", "∈": r"\in", "∣": r"\mid", "…": r"\dots", "⋯": r"\cdots", "⋮": r"\vdots", "⋱": r"\ddots",
    "⟨": r"\langle", "⟩": r"\rangle", "〈": r"\langle", "〉": r"\rangle", "⌊": r"\lfloor", "⌋": r"\rfloor",
    "⌈": r"\lceil", "⌉": r"\rceil", "√": r"\sqrt", "∞": r"\infty", "∀": r"\forall", "′": "'", "’": "'", "（": "(",
    "）": ")", "，": ",", "、": ",", "；": ";", "＝": "=", "＋": "+", "：": ":", "∥": r"\|", "‖": r"\|",
    "∴": r"\therefore", "∵": r"\because", "ᵀ": r"^{\top}", "⊤": r"\top", "´": "'", "⁡": "", "⁢": "", "​": "",
    "≜": r"\triangleq", "≝": r"\triangleq", "≐": r"\doteq", "⟹": r"\Rightarrow", "⟸": r"\Leftarrow",
    "⟺": r"\iff", "↦": r"\mapsto", "≃": r"\simeq", "≅": r"\cong", "⊚": r"\circledcirc", "⊠": r"\boxtimes",
    "ℒ": r"\mathcal{L}", "ℓ": r"\ell", "∖": r"\setminus", "⨂": r"\bigotimes", "⨀": r"\bigodot",
    "∆": r"\Delta",
    "\N{NO-BREAK SPACE}": " ", "\N{WORD JOINER}": "", "\ufeff": "",
}  # fmt: skip
"""Signs outside of ASCII and what LaTeX has for them."""
COMBINING = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar"}
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˡ", "0123456789+-=()nil", strict=True))

_CALLS = """
    pad vec unvec spread rot180 rev keep fold unfold repeat sum diag
"""
CALLS = frozenset(_CALLS.split())
"""Words that are operations on arrays; other words with a bracket are functions of numbers."""
FUNCTION_LETTERS = frozenset({r"\sigma", r"\varphi", r"\phi", r"\Phi", r"\psi", r"\rho", "f", "g", "h"})
"""Letters that are functions where a bracket follows and nothing else is known of them."""
TRANSPOSED = frozenset({"T", r"\top", r"\intercal", r"\mathsf{T}", r"\mathbf{T}"})
"""What stands above a transposed matrix."""
