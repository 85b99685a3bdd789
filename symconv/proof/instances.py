"""The theorems of `proofs/` with the numbers of one layer put in, as Coq text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from symconv.layers.avg_pool import AvgPool
from symconv.layers.base import AnyLayer
from symconv.layers.conv import Conv
from symconv.layers.conv_transpose import ConvTranspose
from symconv.layers.max_pool import MaxPool
from symconv.layers.sliding import Sliding
from symconv.proof.coq import applied, integer, listed

CHANNELS = "(Z * Z * Z)"
MAPS = "(Z * Z)"
POSITIONS = ("i", "j", "k")
PLACES = ("p", "q", "r")


@dataclass(frozen=True)
class Instance:
    """A theorem for one layer.

    Where entries are to be compared with it: `closed` is the theorem's closed form for each role, `arrays` defines
    the arrays that it speaks of, `channels` says how a multi-index of a role begins in the theorem, and `places` how
    many places one entry sums over.
    """

    text: str
    closed: Mapping[str, str] = field(default_factory=dict)
    arrays: str = ""
    channels: Mapping[str, Callable[[Sequence[int]], tuple[int, ...]]] = field(default_factory=dict)
    places: int = 0
    rank: int = 0

    def place(self, role: str, index: Sequence[int]) -> str:
        """Channel and position of an entry as the theorem has them."""
        cut = len(index) - self.rank
        channel = ", ".join(map(integer, self.channels[role](index[:cut])))
        return f"({channel})%Z {listed(map(integer, index[cut:]))}%Z"


def instance(layer: AnyLayer) -> Instance | None:
    """The theorem that speaks of a layer, if there is one.

    >>> from symconv.layers.conv import Conv
    >>> print(instance(Conv(input=5, filter=2, stride=2, padding=-1)).text.splitlines()[4])
    Definition layer_axes : list axis := [Axis 5 2 2 1 (-1) (-1) 1].
    """
    builder = BUILDERS.get(type(layer))
    return None if builder is None else builder(layer)


def _axes(rows: Sequence[Sequence[int]], *, fitting: bool) -> str:
    """The axes, and that the theorem's conditions hold for them."""
    axes = listed(" ".join(["Axis", *map(integer, row)]) for row in rows)
    condition, conditions = ("fitting", "all_fitting") if fitting else ("sound", "all_sound")
    unfolded = "fitting, sound, remainder, slack, extent" if fitting else "sound"
    return f"""\
(** * The theorem for this layer

    Axis: size, filter, stride, dilation, padding before, padding after, output size. *)

Definition layer_axes : list axis := {axes}.

Lemma layer_is_{condition} : {conditions} layer_axes.
Proof.
  intros g inside; simpl in inside.
  repeat (destruct inside as [<- | inside]; [unfold {unfolded}; cbn; lia |]); destruct inside.
Qed.
"""


SIZES = """
(** The output sizes are those of the formula: every window fits, and one more would not. *)
Lemma layer_output : Forall (fun g => output g = slack g / stride g + 1) layer_axes.
Proof. repeat constructor. Qed.
"""


def _arrays(described: Mapping[str, tuple[str, str, str, str]]) -> str:
    """Arrays by role: the type of their channels, their lengths, the pattern of a channel, and their entry."""
    rows = [
        f"  Definition array_{role} : array layer_axes {kind} :=\n"
        f"    Array {lengths} (fun c p => match c, p with {pattern} => {entry} | _, _ => 0 end)."
        for role, (kind, lengths, pattern, entry) in described.items()
    ]
    return "\n".join(
        [
            "  (** The arrays that the theorem speaks of, made of the same entries; its closed forms, computed. *)",
            "  Ltac computed := cbv -[zero one add mul sub opp carrier]; ring.",
            *rows,
        ]
    )


# Convolution, and transposed convolution


def _taps(layer: Sliding, what: Sequence[str]) -> list[list[int]]:
    return [[getattr(axis, name) for name in what] for axis in layer.axes]


def _channel_lists(layer: Sliding, x: str, o: str) -> str:
    groups = layer.groups
    per_group = {"in": (layer.in_channels or 1) // groups, "out": layer.out_channels // groups}
    return f"""\

(** Channels of what the theorem calls X and O: example, group, channel within the group. Filters: group, then both. *)
Definition layer_inputs := triples {layer.batch} {groups} {per_group[x]}.
Definition layer_outputs := triples {layer.batch} {groups} {per_group[o]}.
Definition layer_filters := triples {groups} {per_group[o]} {per_group[x]}.
"""


def _channelled(layer: Sliding, role: str, lengths: str) -> tuple[str, str, str, str]:
    """How an array of a layer with groups is made of the entries that the user knows."""
    positions = POSITIONS[: len(layer.axes)]
    pattern = f"(a, b, c), {listed(positions)}"
    letter = "G" if role == "O" else role
    if layer.plain:
        return CHANNELS, lengths, pattern, applied(letter, positions)
    counts = layer.axis_lengths(role)
    first, second, third = layer.channel_axes[role]
    maps = [f"(a * {counts[second]} + b)%Z", "c"] if first == "group" else ["a", f"(b * {counts[third]} + c)%Z"]
    return CHANNELS, lengths, pattern, applied(letter, [*maps, *positions])


def _split(layer: Sliding, role: str) -> Callable[[Sequence[int]], tuple[int, ...]]:
    """From the channels that the user sees to those with the group apart."""
    if layer.plain:
        return lambda index: (0, 0, 0)
    counts = layer.axis_lengths(role)
    first, second, third = layer.channel_axes[role]
    if first == "group":
        return lambda index: (*divmod(index[0], counts[second]), index[1])
    return lambda index: (index[0], *divmod(index[1], counts[third]))


def _convolution(layer: Conv) -> Instance:
    way = layer.convention
    rows = _taps(layer, ("size", "filter", "stride", "dilation", "before", "after", "output"))
    closed_x = f"closed_X {way} layer_axes layer_filters layer_outputs grouped"
    closed_f = f"closed_F {way} layer_axes layer_inputs layer_outputs grouped"
    forward = f"conv {way} layer_axes layer_inputs layer_filters grouped"
    theorems = f"""
(** <G, conv(V, F)> = <closed_X(G, F), V> for all V. *)
Theorem layer_gradient_by_input (K : ring) (G F : array (K := K) layer_axes {CHANNELS}) :
  sizes layer_axes G output -> sizes layer_axes F filter ->
  sizes layer_axes ({closed_x} G F) size /\\
  forall V : array layer_axes {CHANNELS}, sizes layer_axes V size ->
    inner layer_outputs G ({forward} V F) =
    inner layer_inputs ({closed_x} G F) V.
Proof. apply gradient_by_input; intros g inside; apply layer_is_fitting; assumption. Qed.

(** <G, conv(X, W)> = <closed_F(G, X), W> for all W. *)
Theorem layer_gradient_by_filter (K : ring) (G X : array (K := K) layer_axes {CHANNELS}) :
  sizes layer_axes G output -> sizes layer_axes X size ->
  sizes layer_axes ({closed_f} G X) filter /\\
  forall W : array layer_axes {CHANNELS}, sizes layer_axes W filter ->
    inner layer_outputs G ({forward} X W) =
    inner layer_filters ({closed_f} G X) W.
Proof. apply gradient_by_filter, layer_is_fitting. Qed.
"""
    return Instance(
        _axes(rows, fitting=True) + SIZES + _channel_lists(layer, "in", "out") + theorems,
        {"X": f"{closed_x} array_G array_F", "F": f"{closed_f} array_G array_X"},
        _arrays({
            "X": _channelled(layer, "X", "size"), "F": _channelled(layer, "F", "filter"),
            "G": _channelled(layer, "O", "output"),
        }),
        {"X": _split(layer, "X"), "F": _split(layer, "F")},
        _places(layer),
        len(layer.axes),
    )  # fmt: skip


def _places(layer: Sliding) -> int:
    """How many products one entry of the longer gradient sums over, zeros among them."""
    extents = math.prod(axis.dilation * (axis.filter - 1) + 1 for axis in layer.axes)
    outputs = math.prod(axis.stride * (max(axis.size, axis.output) - 1) + 1 for axis in layer.axes)
    return max(extents, outputs) * layer.batch * (layer.in_channels or 1) * layer.out_channels


def _transposed(layer: ConvTranspose) -> Instance:
    rows = _taps(layer, ("output", "filter", "stride", "dilation", "before", "after", "size"))
    closed_o = "closed_O correlation layer_axes layer_inputs layer_filters grouped"
    closed_f = "closed_F correlation layer_axes layer_inputs layer_outputs grouped"
    forward = "conv_transpose correlation layer_axes layer_filters layer_outputs grouped"
    theorems = f"""
(** <D, convT(V, F)> = <closed_O(D, F), V> for all V. *)
Theorem layer_gradient_by_input (K : ring) (D F : array (K := K) layer_axes {CHANNELS}) :
  sizes layer_axes D size -> sizes layer_axes F filter ->
  forall V : array layer_axes {CHANNELS}, sizes layer_axes V output ->
    inner layer_inputs D ({forward} V F) =
    inner layer_outputs ({closed_o} D F) V.
Proof. apply transposed_gradient_by_input, layer_is_fitting. Qed.

(** <D, convT(Y, W)> = <closed_F(Y, D), W> for all W. *)
Theorem layer_gradient_by_filter (K : ring) (D Y : array (K := K) layer_axes {CHANNELS}) :
  sizes layer_axes D size -> sizes layer_axes Y output ->
  forall W : array layer_axes {CHANNELS}, sizes layer_axes W filter ->
    inner layer_inputs D ({forward} Y W) =
    inner layer_filters ({closed_f} Y D) W.
Proof. apply transposed_gradient_by_filter, layer_is_fitting. Qed.
"""
    return Instance(
        _axes(rows, fitting=True) + _channel_lists(layer, "out", "in") + theorems,
        {"X": f"{closed_o} array_G array_F", "F": f"{closed_f} array_X array_G"},
        _arrays({
            "X": _channelled(layer, "X", "output"), "F": _channelled(layer, "F", "filter"),
            "G": _channelled(layer, "O", "size"),
        }),
        {"X": _split(layer, "X"), "F": _split(layer, "F")},
        _places(layer),
        len(layer.axes),
    )  # fmt: skip


# Pooling

WINDOWS = ("size", "filter", "stride", "dilation", "before", "after", "output")


def _pool_axes(layer: MaxPool | AvgPool) -> str:
    rows = [[getattr(axis, name) for name in WINDOWS] for axis in layer.axes]
    batch, channels = layer.maps
    return (
        _axes(rows, fitting=False)
        + "\n(** Channels: the example, and the channel in it. *)\n"
        + f"Definition layer_maps := pairs {batch} {channels}.\n"
    )


def _masked(layer: MaxPool) -> Instance:
    text = f"""
(** Every channel by itself, each output with a mask over its window. <G, pool(V)> = <closed_pool(G), V> for all V. *)
Definition layer_mask {{K : ring}} (m : {MAPS} -> list Z -> list Z -> K) (x o : {MAPS}) (i f : list Z) : K :=
  (own x o * m o i f)%ring.

Theorem layer_gradient_by_input (K : ring) (m : {MAPS} -> list Z -> list Z -> K) (G : array layer_axes {MAPS}) :
  sizes layer_axes G output ->
  sizes layer_axes (closed_pool layer_axes layer_maps (layer_mask m) G) size /\\
  forall V : array layer_axes {MAPS}, sizes layer_axes V size ->
    inner layer_maps G (pool layer_axes layer_maps (layer_mask m) V) =
    inner layer_maps (closed_pool layer_axes layer_maps (layer_mask m) G) V.
Proof. apply pooling_gradient, layer_is_sound. Qed.
"""
    text = _pool_axes(layer) + text
    if layer.argmax is not None:
        return Instance(text)
    rank = len(layer.axes)
    maps = () if layer.plain else ("a", "b")
    i, f = POSITIONS[:rank], PLACES[:rank]
    entries = applied("M", [*maps, *i, *f])
    masks = (
        f"\n  Definition array_M (c : {MAPS}) (i f : list Z) : K :=\n"
        f"    match c, i, f with (a, b), {listed(i)}, {listed(f)} => {entries} | _, _, _ => 0 end."
    )
    gradients = {"G": (MAPS, "output", f"(a, b), {listed(i)}", applied("G", [*maps, *i]))}
    places = math.prod(axis.extent for axis in layer.axes) * layer.batch * (layer.channels or 1)
    return Instance(
        text,
        {"X": "closed_pool layer_axes layer_maps (layer_mask array_M) array_G"},
        _arrays(gradients) + masks,
        {"X": lambda index: tuple(index) or (0, 0)},
        places,
        rank,
    )


def _averaged(layer: AvgPool) -> Instance:
    text = f"""
(** A convolution with ones of each channel by itself, each output times u[i], one over its divisor.
    <G, u conv(V, 1)> = <closed_X(u G, 1), V> for all V. *)
Theorem layer_gradient_by_input (K : ring) (u : {MAPS} -> list Z -> K) (G : array layer_axes {MAPS}) :
  sizes layer_axes G output ->
  forall V : array layer_axes {MAPS}, sizes layer_axes V size ->
    inner layer_maps G (times u (conv correlation layer_axes layer_maps [tt] (fun x _ o => own x o) V ones)) =
    inner layer_maps
      (closed_X correlation layer_axes [tt] layer_maps (fun x _ o => own x o) (times u G) ones) V.
Proof. apply average_pooling_gradient, layer_is_sound. Qed.
"""
    return Instance(_pool_axes(layer) + text)


BUILDERS: Mapping[type, Callable[..., Instance]] = {
    Conv: _convolution,
    ConvTranspose: _transposed,
    MaxPool: _masked,
    AvgPool: _averaged,
}
"""By the class of the layer."""
