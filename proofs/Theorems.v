(** The theorems, with every quantifier in sight. Definitions are in Arrays.v (operations) and Convolution.v (layers and
    closed forms); nothing here rests on an axiom. *)

Require Import ZArith List.
From Symconv Require Import Sums Arrays Convolution.
Import ListNotations.
Open Scope Z_scope.

(** * Convolution

    Over any commutative ring K, for correlation and true convolution, for any number of axes each with its own size,
    filter, stride, dilation, padding before and after (negative too) and output size, for any channels and any
    coefficients [link] between them. [all_sound]: filter, stride, dilation and output size are at least 1. [all_fitting]:
    every window lies in the padded input, too. With o = floor((n + a + c - d(k-1) - 1)/s) + 1 this is so, by
    [output_size]; the theorem about ∂L/∂X does not need it, and covers ceil mode, where r is negative. *)

(** <G, conv(V, F)> = <closed_X(G, F), V> for all V, and closed_X(G, F) has X's size. *)
Theorem gradient_by_input (K : ring) (way : convention) (axes : list axis)
    (CX CF CO : Type) (inputs : list CX) (filters : list CF) (outputs : list CO) (link : CX -> CF -> CO -> K)
    (G : array axes CO) (F : array axes CF) :
  all_sound axes -> sizes axes G output -> sizes axes F filter ->
  sizes axes (closed_X way axes filters outputs link G F) size /\
  forall V : array axes CX, sizes axes V size ->
    inner outputs G (conv way axes inputs filters link V F) =
    inner inputs (closed_X way axes filters outputs link G F) V.
Proof.
  intros good G_size F_size; split; [apply input_gradient; assumption |].
  intros V V_size; apply input_adjoint; assumption.
Qed.

(** <G, conv(X, W)> = <closed_F(G, X), W> for all W, and closed_F(G, X) has F's size: the correlation has
    k + floor(r/d) entries, of which the first k are kept. *)
Theorem gradient_by_filter (K : ring) (way : convention) (axes : list axis)
    (CX CF CO : Type) (inputs : list CX) (filters : list CF) (outputs : list CO) (link : CX -> CF -> CO -> K)
    (G : array axes CO) (X : array axes CX) :
  all_fitting axes -> sizes axes G output -> sizes axes X size ->
  (forall g, In g axes ->
     lengths (correlated_F axes inputs outputs link G X) g = filter g + remainder g / dilation g) /\
  sizes axes (closed_F way axes inputs outputs link G X) filter /\
  forall W : array axes CF, sizes axes W filter ->
    inner outputs G (conv way axes inputs filters link X W) =
    inner filters (closed_F way axes inputs outputs link G X) W.
Proof.
  intros good G_size X_size; destruct (filter_gradient way axes inputs outputs link G X good G_size X_size)
    as (correlated & kept & _).
  split; [exact correlated | split; [intros g _; rewrite kept; reflexivity |]].
  intros W W_size; apply filter_adjoint; assumption.
Qed.

(** The forward map itself is the correlation that documents show, and has o entries. *)
Theorem forward_is_a_correlation (K : ring) (way : convention) (axes : list axis)
    (CX CF CO : Type) (inputs : list CX) (filters : list CF) (link : CX -> CF -> CO -> K)
    (X : array axes CX) (F : array axes CF) :
  all_fitting axes -> sizes axes X size -> sizes axes F filter ->
  (forall g, In g axes -> lengths (correlate inputs filters link stride (window before after X)
     (spread dilation (reversed_for way axes convolution F))) g = output g + remainder g / stride g) /\
  forall o i, inside output axes i ->
    entry (closed_O way axes inputs filters link X F) o i = entry (conv way axes inputs filters link X F) o i.
Proof.
  intros good X_size F_size; split.
  - intros g g_in; apply correlation_O_length; try assumption; apply good; assumption.
  - apply (forward way axes inputs filters link X F good X_size F_size).
Qed.

(** * Transposed convolution *)

(** <D, convT(V, F)> = <closed_O(D, F), V> for all V: its gradient by the input is the ordinary convolution of D. *)
Theorem transposed_gradient_by_input (K : ring) (way : convention) (axes : list axis)
    (CX CF CO : Type) (inputs : list CX) (filters : list CF) (outputs : list CO) (link : CX -> CF -> CO -> K)
    (D : array axes CX) (F : array axes CF) :
  all_fitting axes -> sizes axes D size -> sizes axes F filter ->
  forall V : array axes CO, sizes axes V output ->
    inner inputs D (conv_transpose way axes filters outputs link V F) =
    inner outputs (closed_O way axes inputs filters link D F) V.
Proof. intros; apply transpose_input_adjoint; assumption. Qed.

(** <D, convT(Y, W)> = <closed_F(Y, D), W> for all W. *)
Theorem transposed_gradient_by_filter (K : ring) (way : convention) (axes : list axis)
    (CX CF CO : Type) (inputs : list CX) (filters : list CF) (outputs : list CO) (link : CX -> CF -> CO -> K)
    (D : array axes CX) (Y : array axes CO) :
  all_fitting axes -> sizes axes D size -> sizes axes Y output ->
  forall W : array axes CF, sizes axes W filter ->
    inner inputs D (conv_transpose way axes filters outputs link Y W) =
    inner filters (closed_F way axes inputs outputs link Y D) W.
Proof. intros; apply transpose_filter_adjoint; assumption. Qed.

(** * Pooling *)

(** Max pooling with masks M[i, f], each channel by itself (or any weights, for any pairs of channels): the masked
    gradients, added up where their windows lie, without the padding. *)
Theorem pooling_gradient (K : ring) (axes : list axis) (CX CO : Type) (inputs : list CX) (outputs : list CO)
    (mask : CX -> CO -> list Z -> list Z -> K) (G : array axes CO) :
  all_sound axes -> sizes axes G output ->
  sizes axes (closed_pool axes outputs mask G) size /\
  forall V : array axes CX, sizes axes V size ->
    inner outputs G (pool axes inputs mask V) = inner inputs (closed_pool axes outputs mask G) V.
Proof.
  intros good G_size; split; [apply pool_gradient; assumption |].
  intros V V_size; apply pool_adjoint; assumption.
Qed.

(** Average pooling: a convolution with ones, each output times a weight u[i] (one over its divisor, whatever that is).
    G times the weights, spread and fully correlated with ones. *)
Definition ones {K : ring} {axes : list axis} : array (K := K) axes unit :=
  Array filter (fun _ _ => 1%ring).

Theorem average_pooling_gradient (K : ring) (axes : list axis) (CX CO : Type) (inputs : list CX) (outputs : list CO)
    (link : CX -> CO -> K) (u : CO -> list Z -> K) (G : array axes CO) :
  all_sound axes -> sizes axes G output ->
  forall V : array axes CX, sizes axes V size ->
    inner outputs G (times u (conv correlation axes inputs [tt] (fun x _ o => link x o) V ones)) =
    inner inputs (closed_X correlation axes [tt] outputs (fun x _ o => link x o) (times u G) ones) V.
Proof. intros; apply weighted_outputs_adjoint; try assumption; intros g _; reflexivity. Qed.

(** * Sizes *)

(** o = floor((n + a + c - d(k-1) - 1)/s) + 1 means: every window fits, and one more would not. *)
Theorem windows_fit (g : axis) : 1 <= stride g ->
  output g = slack g / stride g + 1 <->
  (stride g * (output g - 1) + extent g <= size g + before g + after g /\
   size g + before g + after g < stride g * output g + extent g).
Proof. apply output_size. Qed.

Theorem remainder_is_below_the_stride (g : axis) : 1 <= stride g ->
  output g = slack g / stride g + 1 <-> 0 <= remainder g < stride g.
Proof. apply remainder_below_stride. Qed.

(** * The gradient is determined

    If <A, V> = <B, V> for all V, then A = B: no other array has the property that is proved above. *)
Theorem gradient_is_determined (K : ring) (axes : list axis) (C : Type) (channels : list C)
    (A B : array (K := K) axes C) :
  (forall c c' : C, {c = c'} + {c <> c'}) -> NoDup channels -> lengths A = lengths B ->
  (forall V, sizes axes V (lengths A) -> inner channels A V = inner channels B V) ->
  forall c p, In c channels -> inside (lengths A) axes p -> entry A c p = entry B c p.
Proof. apply inner_determines. Qed.
