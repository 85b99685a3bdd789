"""Right formulas about convolutions, written for these tests."""

from tests.checking.general.stated import Formula, Sum, letters, number

i, j, m, n, p, q, u, v, c, e, t = letters("i j m n p q u v c e t")
s, s_h, s_w, k, f_h, f_w, o_h, o_w, H, W, C, M = letters("s s_h s_w k f_h f_w o_h o_w H W C M")
PLAIN1 = {"X": ("0",), "F": ("0",), "O": ("0",)}
PLAIN2 = {"X": ("0", "1"), "F": ("0", "1"), "O": ("0", "1")}
LAST = {"X": ("0", "1", "in"), "F": ("0", "1", "in", "out"), "O": ("0", "1", "out"), "b": ("out",)}
FIRST = {"X": ("in", "0", "1"), "F": ("out", "in", "0", "1"), "O": ("out", "0", "1"), "b": ("out",)}
LINE = {"X": ("in", "0"), "F": ("out", "in", "0"), "O": ("out", "0"), "b": ("out",)}
BATCH = {"X": ("batch", "in", "0"), "F": ("out", "in", "0"), "O": ("batch", "out", "0"), "b": ("out",)}
GROUP = {"X": ("group", "0"), "F": ("group", "0"), "O": ("group", "0")}
STRIDED = {"stride": 2}
LETTERED = {"stride": "letters"}
zero, one = number(0), number(1)


def over(letter, array, axis, low=None, high=None):
    (name,) = letter.letters
    return Sum(name, array, axis, low, high)


def free(*triples):
    return tuple((letter.letters[0], array, axis) for letter, array, axis in triples)


def formula(name, left, sums, factors, free_, axes, sizes=None, base=0, **options):
    return Formula(name, left, tuple(sums), tuple(factors), free_, sizes or {}, axes, base, 1, options)


FORWARD1 = formula("forward", ("O", [i]), [over(u, "F", 0)], [("X", [i + u]), ("F", [u])], free((i, "O", 0)), PLAIN1)
TRUE = [
    FORWARD1,
    formula("forward from one", ("O", [i]), [over(u, "F", 0)], [("X", [i + u - 1]), ("F", [u])], free((i, "O", 0)),
            PLAIN1, base=1),
    formula("forward by the filter's end", ("O", [i]), [over(u, "F", 0, zero, k - 1)],
            [("X", [i + k - 1 - u]), ("F", [k - 1 - u])], free((i, "O", 0)), PLAIN1, {"k": ("k", 0)}),
    formula("forward 2d", ("O", [i, j]), [over(m, "F", 0), over(n, "F", 1)], [("X", [i + m, j + n]), ("F", [m, n])],
            free((i, "O", 0), (j, "O", 1)), PLAIN2),
    formula("forward 2d from one", ("O", [i, j]), [over(m, "F", 0, one, f_h), over(n, "F", 1, one, f_w)],
            [("F", [m, n]), ("X", [i + m - 1, j + n - 1])], free((i, "O", 0), (j, "O", 1)), PLAIN2,
            {"f_h": ("k", 0), "f_w": ("k", 1)}, base=1),
    formula("forward strided", ("O", [i, j]), [over(m, "F", 0, zero, f_h - 1), over(n, "F", 1, zero, f_w - 1)],
            [("X", [s_h * i + m, s_w * j + n]), ("F", [m, n])], free((i, "O", 0), (j, "O", 1)), PLAIN2,
            {"f_h": ("k", 0), "f_w": ("k", 1), "s_h": ("s", 0), "s_w": ("s", 1)}, **LETTERED),
    formula("forward channels last", ("O", [i, j, e]),
            [over(m, "F", 0), over(n, "F", 1), over(c, "F", 2)],
            [("X", [i + m, j + n, c]), ("F", [m, n, c, e])], free((i, "O", 0), (j, "O", 1), (e, "O", 2)), LAST),
    formula("forward channels first", ("O", [e, i, j]),
            [over(c, "F", 1, one, C), over(u, "F", 2), over(v, "F", 3)],
            [("F", [e, c, u, v]), ("X", [c, i + u - 1, j + v - 1])], free((e, "O", 0), (i, "O", 1), (j, "O", 2)), FIRST,
            {"C": "in"}, base=1),
    formula("forward batch", ("O", [n, e, i]), [over(c, "F", 1), over(u, "F", 2)],
            [("X", [n, c, i + u]), ("F", [e, c, u])], free((n, "O", 0), (e, "O", 1), (i, "O", 2)), BATCH),
    formula("depthwise", ("O", [c, i]), [over(u, "F", 1)], [("X", [c, i + u]), ("F", [c, u])],
            free((c, "O", 0), (i, "O", 1)), GROUP),
    formula("local filter", ("O/F", [i, u]), [], [("X", [i + u])], free((i, "O", 0), (u, "F", 0)), PLAIN1),
    formula("local filter 2d from one", ("O/F", [i, j, m, n]), [], [("X", [i + m - 1, j + n - 1])],
            free((i, "O", 0), (j, "O", 1), (m, "F", 0), (n, "F", 1)), PLAIN2, base=1),
    formula("local input", ("O/X", [i, p]), [], [("F", [p - i])], free((i, "O", 0), (p, "X", 0)), PLAIN1),
    formula("local input 2d", ("O/X", [i, j, p, q]), [], [("F", [p - i, q - j])],
            free((i, "O", 0), (j, "O", 1), (p, "X", 0), (q, "X", 1)), PLAIN2),
    formula("local input strided", ("O/X", [i, p]), [], [("F", [p - s * i])], free((i, "O", 0), (p, "X", 0)), PLAIN1,
            {"s": ("s", 0)}, **LETTERED),
    formula("local input stride 2", ("O/X", [i, p]), [], [("F", [p - number(2) * i])], free((i, "O", 0), (p, "X", 0)),
            PLAIN1, **STRIDED),
    formula("filter gradient", ("dF", [u]), [over(i, "O", 0)], [("G", [i]), ("X", [i + u])], free((u, "F", 0)), PLAIN1),
    formula("filter gradient by inputs", ("dF", [u]), [over(p, "X", 0)], [("G", [p - u]), ("X", [p])],
            free((u, "F", 0)), PLAIN1),
    formula("filter gradient stride 2", ("dF", [u]), [over(i, "O", 0)], [("G", [i]), ("X", [number(2) * i + u])],
            free((u, "F", 0)), PLAIN1, **STRIDED),
    formula("filter gradient 2d", ("dF", [m, n]), [over(i, "O", 0, zero, o_h - 1), over(j, "O", 1, zero, o_w - 1)],
            [("G", [i, j]), ("X", [i + m, j + n])], free((m, "F", 0), (n, "F", 1)), PLAIN2,
            {"o_h": ("o", 0), "o_w": ("o", 1)}),
    formula("filter gradient 2d by sizes", ("dF", [m, n]),
            [over(i, "O", 0, one, H - f_h + 1), over(j, "O", 1, one, W - f_w + 1)],
            [("G", [i, j]), ("X", [i + m - 1, j + n - 1])], free((m, "F", 0), (n, "F", 1)), PLAIN2,
            {"H": ("n", 0), "f_h": ("k", 0), "W": ("n", 1), "f_w": ("k", 1)}, base=1),
    formula("filter gradient channels last", ("dF", [u, v, c, m]),
            [over(i, "O", 0, zero, o_h - 1), over(j, "O", 1, zero, o_w - 1)],
            [("G", [i, j, m]), ("X", [i * s_h + u, j * s_w + v, c])],
            free((u, "F", 0), (v, "F", 1), (c, "F", 2), (m, "F", 3)), LAST,
            {"o_h": ("o", 0), "o_w": ("o", 1), "s_h": ("s", 0), "s_w": ("s", 1)}, **LETTERED),
    formula("filter gradient batch", ("dF", [e, c, u]), [over(n, "O", 0), over(i, "O", 2)],
            [("G", [n, e, i]), ("X", [n, c, i + u])], free((e, "F", 0), (c, "F", 1), (u, "F", 2)), BATCH),
    formula("filter gradient depthwise", ("dF", [c, u]), [over(i, "O", 1)], [("G", [c, i]), ("X", [c, i + u])],
            free((c, "F", 0), (u, "F", 1)), GROUP),
    formula("input gradient", ("dX", [p]), [over(i, "O", 0)], [("G", [i]), ("F", [p - i])], free((p, "X", 0)), PLAIN1),
    formula("input gradient from one", ("dX", [p]), [over(i, "O", 0)], [("G", [i]), ("F", [p - i + 1])],
            free((p, "X", 0)), PLAIN1, base=1),
    formula("input gradient by the filter", ("dX", [p]), [over(u, "F", 0, zero, k - 1)], [("G", [p - u]), ("F", [u])],
            free((p, "X", 0)), PLAIN1, {"k": ("k", 0)}),
    formula("input gradient, filter reversed", ("dX", [p]), [over(u, "F", 0, zero, k - 1)],
            [("G", [p - k + 1 + u]), ("F", [k - 1 - u])], free((p, "X", 0)), PLAIN1, {"k": ("k", 0)}),
    formula("input gradient 2d", ("dX", [p, q]), [over(i, "O", 0), over(j, "O", 1)],
            [("G", [i, j]), ("F", [p - i, q - j])], free((p, "X", 0), (q, "X", 1)), PLAIN2),
    formula("input gradient 2d strided", ("dX", [p, q]), [over(i, "O", 0), over(j, "O", 1)],
            [("G", [i, j]), ("F", [p - s * i, q - s * j])], free((p, "X", 0), (q, "X", 1)), PLAIN2,
            {"s": ("s", 0)}, **STRIDED),
    formula("input gradient channels", ("dX", [c, p, q]), [over(e, "O", 0), over(i, "O", 1), over(j, "O", 2)],
            [("G", [e, i, j]), ("F", [e, c, p - i, q - j])], free((c, "X", 0), (p, "X", 1), (q, "X", 2)), FIRST),
    formula("input gradient channels, one axis", ("dX", [c, p]), [over(e, "O", 0, one, M), over(u, "F", 2, one, k)],
            [("G", [e, p - u + 1]), ("F", [e, c, u])], free((c, "X", 0), (p, "X", 1)), LINE,
            {"M": "out", "k": ("k", 0)}, base=1),
    formula("bias gradient", ("db", []), [over(i, "O", 0), over(j, "O", 1)], [("G", [i, j])], (), {**PLAIN2, "b": ()}),
    formula("bias gradient of a map", ("db", [e]), [over(i, "O", 0, one, o_h), over(j, "O", 1, one, o_w)],
            [("G", [i, j, e])], free((e, "b", 0)), LAST, {"o_h": ("o", 0), "o_w": ("o", 1)}, base=1),
    formula("bias gradient batch", ("db", [e]), [over(n, "O", 0), over(i, "O", 2)], [("G", [n, e, i])],
            free((e, "b", 0)), BATCH),
    formula("chain rule filter", ("dF", [m, n]), [over(i, "O", 0), over(j, "O", 1)],
            [("G", [i, j]), ("O/F", [i, j, m, n])], free((m, "F", 0), (n, "F", 1)), PLAIN2),
    formula("chain rule input", ("dX", [c, p]), [over(e, "O", 0), over(i, "O", 1)],
            [("G", [e, i]), ("O/X", [e, i, c, p])], free((c, "X", 0), (p, "X", 1)),
            {"X": ("in", "0"), "F": ("out", "in", "0"), "O": ("out", "0")}),
]  # fmt: skip
