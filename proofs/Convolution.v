(** The gradients of a convolution are convolutions: a proof for all sizes, strides, dilations and paddings.

    The definitions come first, then lemmas, and at the end the theorems, in the section "What is proved". *)

Require Import ZArith List Bool Lia.
From Symconv Require Import Sums Arrays.
Import ListNotations.
Open Scope Z_scope.

(** * The layer *)

(** One spatial axis: input size n, filter size k, stride s, dilation d, padding a before and c after (negative padding
    crops), output size o. Nothing ties o to the others here: [sound] and [fitting] say what a theorem needs. *)
Record axis := Axis {
  size : Z;
  filter : Z;
  stride : Z;
  dilation : Z;
  before : Z;
  after : Z;
  output : Z
}.

(** d(k-1) + 1: how many inputs the dilated filter reaches over. *)
Definition extent (g : axis) : Z := dilation g * (filter g - 1) + 1.

(** n + a + c - d(k-1) - 1: how far the window can move. *)
Definition slack (g : axis) : Z := size g + before g + after g - extent g.

(** r: how many entries of the padded input the last window leaves over. *)
Definition remainder (g : axis) : Z := slack g - stride g * (output g - 1).

Definition sound (g : axis) : Prop := 1 <= filter g /\ 1 <= stride g /\ 1 <= dilation g /\ 1 <= output g.

(** Every window lies in the padded input. *)
Definition fitting (g : axis) : Prop := sound g /\ 0 <= remainder g.

(** Cross-correlation is what networks call convolution; a true convolution reads the filter from its other end. *)
Inductive convention := correlation | convolution.

Definition turned (way : convention) (g : axis) (f : Z) : Z :=
  match way with
  | correlation => f
  | convolution => filter g - 1 - f
  end.

(** The input that output i reads through filter entry f: s·i + d·f - a, or for a true convolution
    s·i + d·(k-1-f) - a. It may lie outside of the input, where [read] gives 0. *)
Definition position (way : convention) (g : axis) (i f : Z) : Z :=
  stride g * i + dilation g * turned way g f - before g.

Section Layer.
  Context {K : ring} (way : convention) (axes : list axis).

  (** Channels: any three types, for input, filter and output, and of each the list that a layer has. [link x f o] is 1
      where input channel x goes through filter f into output channel o, else 0, or any other coefficient. So groups,
      batches and depthwise filters are all included ([grouped], below). *)
  Context {CX CF CO : Type} (inputs : list CX) (filters : list CF) (outputs : list CO) (link : CX -> CF -> CO -> K).

  Implicit Types (X V : array (K := K) axes CX) (F W : array (K := K) axes CF) (G : array (K := K) axes CO).

  (** The forward map: O[i] = Σ_f X[s·i + d·f - a] F[f], summed over the channels that are linked. *)
  Definition conv X F : array axes CO :=
    {| lengths := output;
       entry o i := Σ x in inputs, Σ w in filters, link x w o *
         Σ f in box filter axes, read X x (along2 (position way) axes i f) * entry F w f |}.

  (** * The closed forms *)

  Definition reversed_for (other : convention) F : array axes CF :=
    match way, other with
    | correlation, correlation | convolution, convolution => reverse F
    | _, _ => F
    end.

  (** O: the padded input correlated, stride s, with the filter (reversed for a true convolution) spread by d. *)
  Definition closed_O X F : array axes CO :=
    keep output (correlate inputs filters link stride
      (window before after X)
      (spread dilation (reversed_for convolution F))).

  (** ∂L/∂X: G spread by s, padded with d(k-1) - a before and d(k-1) - c + r after, correlated, stride 1, with the
      filter reversed (for a true convolution not reversed) and spread by d. *)
  Definition closed_X G F : array axes CX :=
    correlate outputs filters (fun o w x => link x w o) (fun _ => 1)
      (window (fun g => dilation g * (filter g - 1) - before g)
              (fun g => dilation g * (filter g - 1) - after g + remainder g)
              (spread stride G))
      (spread dilation (reversed_for correlation F)).

  (** ∂L/∂F before the first k entries are kept: the padded input correlated, stride d, with G spread by s. Stride and
      dilation have changed places. *)
  Definition correlated_F G X : array axes CF :=
    correlate inputs outputs (fun x o w => link x w o) dilation (window before after X) (spread stride G).

  (** ∂L/∂F: its first k entries on every axis (for a true convolution reversed). *)
  Definition closed_F G X : array axes CF := reversed_for convolution (keep filter (correlated_F G X)).

  (** * Lemmas *)

  Add Ring K_ring : (laws K).

  (** Output i reads input x through filter entry f. *)
  Definition tap (g : axis) (x i f : Z) : bool := x =? position way g i f.

  (** The sum over all taps that everything is compared with. *)
  Definition pairing G X F : K :=
    Σ o in outputs, Σ x in inputs, Σ w in filters, link x w o *
      Σ i in box output axes, Σ p in box size axes, Σ f in box filter axes,
        if related tap axes p i f then entry G o i * (entry X x p * entry F w f) else 0.

  Definition sizes {C} (v : array (K := K) axes C) (n : axis -> Z) : Prop :=
    forall g, In g axes -> lengths v g = n g.

  Ltac some :=
    repeat match goal with
    | H : match ?e with Some _ => _ | None => _ end = Some _ |- _ => destruct e eqn:?; [| discriminate H]
    | H : within _ _ = Some _ |- _ => apply within_some in H
    | H : divided _ _ = Some _ |- _ => apply divided_some in H; [| lia]
    | H : Some _ = Some _ |- _ => injection H as H
    end.

  Lemma matches_conv g i : sound g -> 0 <= i < output g ->
    matches (fun f => within (size g) (position way g i f)) (fun f => Some f)
            (fun x f => tap g x i f) (size g) (filter g) (filter g).
  Proof.
    intros _ _; exists (fun _ f => f); intros f x f'; unfold tap; rewrite Z.eqb_eq, within_some.
    split; [intros (? & [] & [= <-]) | intros (? & ? & ? & ->)]; intuition lia.
  Qed.

  Lemma matches_closed_O g i : sound g -> 0 <= i < output g ->
    matches (fun q => within (size g) (stride g * i + q - before g))
            (fun q => match divided (dilation g) q with Some f => Some (turned way g f) | None => None end)
            (fun x f => tap g x i f) (size g) (filter g) (dilation g * (filter g - 1) + 1).
  Proof.
    intros (? & ? & ? & ?) _; exists (fun _ f => dilation g * turned way g f); intros q x f.
    unfold tap, position; rewrite Z.eqb_eq, within_some; split.
    - intros (? & [] & B); some; subst; destruct way; unfold turned; repeat split; nia.
    - intros (? & ? & ? & ->).
      rewrite divided_multiple by lia.
      destruct way; unfold turned in *; repeat split; try (apply (f_equal (@Some Z))); nia.
  Qed.

  Lemma matches_closed_X g x : sound g -> 0 <= x < size g ->
    matches (fun q => match within (stride g * (output g - 1) + 1)
                                   (1 * x + q - (dilation g * (filter g - 1) - before g)) with
                      | Some p => divided (stride g) p | None => None end)
            (fun q => match divided (dilation g) q with
                      | Some f => Some (filter g - 1 - turned way g f) | None => None end)
            (fun i f => tap g x i f) (output g) (filter g) (dilation g * (filter g - 1) + 1).
  Proof.
    intros (? & ? & ? & ?) _; exists (fun _ f => dilation g * (filter g - 1 - turned way g f)); intros q i f.
    unfold tap, position; rewrite Z.eqb_eq; split.
    - intros (? & A & B); some; subst; destruct way; unfold turned in *; repeat split; nia.
    - intros (? & ? & ? & ->).
      rewrite divided_multiple by lia.
      rewrite (proj2 (within_some _ _ (stride g * i))) by (destruct way; unfold turned in *; nia).
      rewrite divided_multiple by lia.
      destruct way; unfold turned in *; repeat split; try (apply (f_equal (@Some Z))); nia.
  Qed.

  Lemma matches_closed_F g f : sound g -> 0 <= f < filter g ->
    matches (fun q => within (size g) (dilation g * turned way g f + q - before g)) (divided (stride g))
            (fun x i => tap g x i f) (size g) (output g) (stride g * (output g - 1) + 1).
  Proof.
    intros (? & ? & ? & ?) _; exists (fun _ i => stride g * i); intros q x i.
    unfold tap, position; rewrite Z.eqb_eq, within_some; split.
    - intros (? & [] & B); some; subst; repeat split; nia.
    - intros (? & ? & ? & ->); rewrite divided_multiple by lia; repeat split; nia.
  Qed.

  Lemma spread_reversed other F w q :
    sizes F filter -> List.length q = List.length axes ->
    entry (spread dilation (reversed_for other F)) w q =
    moved (fun g q => match divided (dilation g) q with
      | Some f => Some (match other with convolution => turned way g f | correlation => filter g - 1 - turned way g f end)
      | None => None end) F w q.
  Proof.
    intros F_size q_length.
    unfold reversed_for, spread, reverse; destruct way, other; simpl entry; rewrite ?moved_moved; unfold moved;
      (erewrite source_ext; [reflexivity |]); intros g p there; simpl;
      destruct (divided (dilation g) p); rewrite ?F_size by assumption; try f_equal; try lia; reflexivity.
  Qed.

  Definition all_sound : Prop := forall g, In g axes -> sound g.
  Definition all_fitting : Prop := forall g, In g axes -> fitting g.

  (** The chain rule, entry by entry: each closed form is the sum over the taps. *)

  Lemma conv_entry X w x F i :
    all_sound -> sizes X size -> inside output axes i ->
    (Σ f in box filter axes, read X x (along2 (position way) axes i f) * entry F w f) =
    Σ p in box size axes, Σ f in box filter axes,
      if related tap axes p i f then entry X x p * entry F w f else 0.
  Proof.
    intros good X_size i_in.
    transitivity (Σ f in box filter axes, moved (fun g p => within (size g) p) X x (along2 (position way) axes i f) *
                                          moved (fun _ f => Some f) F w f).
    - apply total_ext; intros f f_in; apply in_box, inside_length in f_in.
      rewrite moved_nowhere by assumption; f_equal; unfold read, moved.
      erewrite source_ext; [reflexivity |]; intros; cbv beta; rewrite X_size by assumption; reflexivity.
    - rewrite (products_matched X F x w _ _ _ (fun g i p f => tap g p i f) size filter filter i).
      + apply total_ext; intros p _; apply total_ext; intros f _; rewrite related_213; reflexivity.
      + apply (inside_all _ _ _ _ i_in); intros g j g_in j_in; apply matches_conv; auto.
  Qed.

  Lemma closed_O_entry X w x F i :
    all_sound -> sizes X size -> sizes F filter -> inside output axes i ->
    (Σ q in box (lengths (spread dilation (reversed_for convolution F))) axes,
       entry (window before after X) x (along2 (fun g i q => (stride g * i + q)%Z) axes i q) *
       entry (spread dilation (reversed_for convolution F)) w q) =
    Σ p in box size axes, Σ f in box filter axes,
      if related tap axes p i f then entry X x p * entry F w f else 0.
  Proof.
    intros good X_size F_size i_in.
    rewrite (box_ext _ (fun g => dilation g * (filter g - 1) + 1))
      by (intros g g_in; unfold reversed_for; destruct way; simpl; rewrite F_size by assumption; reflexivity).
    transitivity (Σ q in box (fun g => (dilation g * (filter g - 1) + 1)%Z) axes,
      moved (fun g p => within (size g) (p - before g)%Z) X x (along2 (fun g i q => (stride g * i + q)%Z) axes i q) *
      moved (fun g q => match divided (dilation g) q with Some f => Some (turned way g f) | None => None end) F w q).
    - apply total_ext; intros q q_in; apply in_box, inside_length in q_in.
      rewrite spread_reversed by assumption; f_equal; simpl; unfold moved.
      erewrite source_ext; [reflexivity |]; intros; cbv beta; rewrite X_size by assumption; reflexivity.
    - rewrite (products_matched X F x w _ _ _ (fun g i p f => tap g p i f) size filter _ i).
      + apply total_ext; intros p _; apply total_ext; intros f _; rewrite related_213; reflexivity.
      + apply (inside_all _ _ _ _ i_in); intros g j g_in j_in; apply matches_closed_O; auto.
  Qed.

  Lemma closed_X_entry G o w F p :
    all_sound -> sizes G output -> sizes F filter -> inside size axes p ->
    (Σ q in box (lengths (spread dilation (reversed_for correlation F))) axes,
       entry (window (fun g => (dilation g * (filter g - 1) - before g)%Z)
                     (fun g => (dilation g * (filter g - 1) - after g + remainder g)%Z) (spread stride G))
             o (along2 (fun g p q => (1 * p + q)%Z) axes p q) *
       entry (spread dilation (reversed_for correlation F)) w q) =
    Σ i in box output axes, Σ f in box filter axes,
      if related tap axes p i f then entry G o i * entry F w f else 0.
  Proof.
    intros good G_size F_size p_in.
    rewrite (box_ext _ (fun g => dilation g * (filter g - 1) + 1))
      by (intros g g_in; unfold reversed_for; destruct way; simpl; rewrite F_size by assumption; reflexivity).
    transitivity (Σ q in box (fun g => (dilation g * (filter g - 1) + 1)%Z) axes,
      moved (fun g j => match within (stride g * (output g - 1) + 1) (j - (dilation g * (filter g - 1) - before g))%Z
                        with Some j => divided (stride g) j | None => None end)
            G o (along2 (fun g p q => (1 * p + q)%Z) axes p q) *
      moved (fun g q => match divided (dilation g) q with
        | Some f => Some (filter g - 1 - turned way g f)%Z | None => None end) F w q).
    - apply total_ext; intros q q_in; apply in_box, inside_length in q_in.
      rewrite spread_reversed by assumption; f_equal.
      unfold window, spread; simpl entry; rewrite moved_moved; unfold moved.
      erewrite source_ext; [reflexivity |]; intros; simpl; rewrite G_size by assumption; reflexivity.
    - rewrite (products_matched G F o w _ _ _ tap output filter _ p); [reflexivity |].
      apply (inside_all _ _ _ _ p_in); intros g j g_in j_in; apply matches_closed_X; auto.
  Qed.

  Lemma closed_F_entry G o X x f :
    all_sound -> sizes G output -> sizes X size -> inside filter axes f ->
    (Σ q in box (lengths (spread stride G)) axes,
       entry (window before after X) x (along2 (fun g f q => (dilation g * f + q)%Z) axes (along (turned way) axes f) q) *
       entry (spread stride G) o q) =
    Σ p in box size axes, Σ i in box output axes,
      if related tap axes p i f then entry X x p * entry G o i else 0.
  Proof.
    intros good G_size X_size f_in.
    rewrite (box_ext _ (fun g => stride g * (output g - 1) + 1))
      by (intros g g_in; simpl; rewrite G_size by assumption; reflexivity).
    assert (same : List.length f = List.length axes) by (apply inside_length in f_in; assumption).
    transitivity (Σ q in box (fun g => (stride g * (output g - 1) + 1)%Z) axes,
      moved (fun g j => within (size g) (j - before g)%Z) X x
            (along2 (fun g f q => (dilation g * turned way g f + q)%Z) axes f q) *
      moved (fun g q => divided (stride g) q) G o q).
    - apply total_ext; intros q q_in; apply in_box, inside_length in q_in.
      f_equal; simpl; unfold moved.
      rewrite along2_along by assumption.
      erewrite source_ext; [reflexivity |]; intros; simpl; rewrite X_size by assumption; reflexivity.
    - rewrite (products_matched X G x o _ _ _ (fun g f p i => tap g p i f) size output _ f).
      + apply total_ext; intros p _; apply total_ext; intros i _; rewrite related_312; reflexivity.
      + apply (inside_all _ _ _ _ f_in); intros g j g_in j_in; apply matches_closed_F; auto.
  Qed.

  Lemma reversed_size other F : lengths (reversed_for other F) = lengths F.
  Proof. unfold reversed_for; destruct way, other; reflexivity. Qed.

  Ltac arithmetic := unfold remainder, slack, extent in *; nia.

  (** How many entries the correlation for O has: o, and floor(r/s) more. *)
  Lemma correlation_O_length X F g :
    In g axes -> sound g -> sizes X size -> sizes F filter ->
    lengths (correlate inputs filters link stride (window before after X)
               (spread dilation (reversed_for convolution F))) g = output g + remainder g / stride g.
  Proof.
    intros g_in (? & ? & ? & ?) X_size F_size; simpl.
    rewrite reversed_size, X_size, F_size by assumption.
    replace (size g + before g + after g - (dilation g * (filter g - 1) + 1))
      with ((output g - 1) * stride g + remainder g) by arithmetic.
    rewrite Z.div_add_l by lia; ring.
  Qed.

  (** How many entries the correlation for the filter has: k, and floor(r/d) more. *)
  Lemma correlation_F_length G X g :
    In g axes -> sound g -> sizes G output -> sizes X size ->
    lengths (correlated_F G X) g = filter g + remainder g / dilation g.
  Proof.
    intros g_in (? & ? & ? & ?) G_size X_size; simpl.
    rewrite G_size, X_size by assumption.
    replace (size g + before g + after g - (stride g * (output g - 1) + 1))
      with ((filter g - 1) * dilation g + remainder g) by arithmetic.
    rewrite Z.div_add_l by lia; ring.
  Qed.

  Lemma closed_X_length G F g :
    In g axes -> sizes G output -> sizes F filter -> lengths (closed_X G F) g = size g.
  Proof.
    intros g_in G_size F_size; simpl.
    rewrite reversed_size, G_size, F_size, Z.div_1_r by assumption; arithmetic.
  Qed.

  Lemma closed_F_length G X : lengths (closed_F G X) = filter.
  Proof. unfold closed_F; rewrite reversed_size; reflexivity. Qed.

  Lemma closed_F_is_kept G X w f :
    inside filter axes f ->
    entry (closed_F G X) w f = entry (keep filter (correlated_F G X)) w (along (turned way) axes f).
  Proof.
    intros f_in; apply inside_length in f_in; unfold closed_F, reversed_for; destruct way.
    - unfold turned; rewrite along_same by assumption; reflexivity.
    - unfold reverse; simpl entry at 1; unfold moved; rewrite source_total by assumption; reflexivity.
  Qed.

  Lemma turned_inside f : inside filter axes f -> inside filter axes (along (turned way) axes f).
  Proof.
    intros f_in; apply (inside_along _ _ _ _ _ f_in); intros; unfold turned; destruct way; lia.
  Qed.

  Lemma closed_O_is_conv X F o i :
    all_fitting -> sizes X size -> sizes F filter -> inside output axes i ->
    entry (closed_O X F) o i = entry (conv X F) o i.
  Proof.
    intros good X_size F_size i_in; unfold closed_O; simpl entry at 1.
    rewrite read_inside.
    - simpl; apply total_ext; intros x _; apply total_ext; intros w _; f_equal.
      rewrite conv_entry, <- closed_O_entry by (auto; intros g g_in; apply good; assumption); reflexivity.
    - apply (inside_all _ _ _ _ i_in); intros g j g_in j_in; destruct (good g g_in) as [fine r].
      rewrite correlation_O_length by assumption.
      assert (0 <= remainder g / stride g) by (apply Z.div_pos; destruct fine as (? & ? & ? & ?); lia); lia.
  Qed.

  (** * What is proved

      For every ring, list of axes, channels and links, for arrays of the right sizes, and for both conventions: *)

  (** The output size o = floor((n + a + c - d(k-1) - 1)/s) + 1 is the one for which every window fits and one more would
      not; the remainder is then less than the stride. *)
  Theorem output_size g : 1 <= stride g ->
    output g = slack g / stride g + 1 <->
    (stride g * (output g - 1) + extent g <= size g + before g + after g /\
     size g + before g + after g < stride g * output g + extent g).
  Proof.
    intros positive; unfold slack; split.
    - intros ->.
      assert (H := Z.mul_div_le (size g + before g + after g - extent g) (stride g) ltac:(lia)).
      assert (H' := Z.mul_succ_div_gt (size g + before g + after g - extent g) (stride g) ltac:(lia)).
      nia.
    - intros [fits one_more]; rewrite <- (Z.sub_add 1 (output g)) at 1; f_equal.
      apply (Z.div_unique _ _ _ (size g + before g + after g - extent g - stride g * (output g - 1))); [left |]; nia.
  Qed.

  Theorem remainder_below_stride g : 1 <= stride g ->
    output g = slack g / stride g + 1 <-> 0 <= remainder g < stride g.
  Proof. intros positive; rewrite (output_size g positive); unfold remainder, slack; nia. Qed.

  (** The forward map in closed form has o entries, and is the forward map. *)
  Theorem forward X F : all_fitting -> sizes X size -> sizes F filter ->
    lengths (closed_O X F) = output /\
    forall o i, inside output axes i -> entry (closed_O X F) o i = entry (conv X F) o i.
  Proof. intros good X_size F_size; split; [reflexivity | intros; apply closed_O_is_conv; assumption]. Qed.

  (** The closed form of ∂L/∂X has n entries, and is the chain rule Σ_i G_i ∂O_i/∂X_p at every entry p. *)
  Theorem input_gradient G F : all_sound -> sizes G output -> sizes F filter ->
    sizes (closed_X G F) size /\
    forall x p, inside size axes p -> entry (closed_X G F) x p =
      Σ o in outputs, Σ w in filters, link x w o *
        Σ i in box output axes, Σ f in box filter axes,
          if related tap axes p i f then entry G o i * entry F w f else 0.
  Proof.
    intros good G_size F_size; split; [intros g g_in; apply closed_X_length; assumption |].
    intros x p p_in; unfold closed_X; cbn [entry correlate].
    apply total_ext; intros o _; apply total_ext; intros w _; rewrite closed_X_entry; auto.
  Qed.

  (** The correlation for ∂L/∂F has k + floor(r/d) entries. Its first k, for a true convolution reversed, are the chain
      rule Σ_i G_i ∂O_i/∂F_f. *)
  Theorem filter_gradient G X : all_fitting -> sizes G output -> sizes X size ->
    (forall g, In g axes -> lengths (correlated_F G X) g = filter g + remainder g / dilation g) /\
    lengths (closed_F G X) = filter /\
    forall w f, inside filter axes f -> entry (closed_F G X) w f =
      Σ x in inputs, Σ o in outputs, link x w o *
        Σ p in box size axes, Σ i in box output axes,
          if related tap axes p i f then entry X x p * entry G o i else 0.
  Proof.
    intros good G_size X_size; split; [intros g g_in; apply correlation_F_length; auto; apply good; auto |].
    split; [apply closed_F_length |]; intros w f f_in.
    rewrite closed_F_is_kept by assumption; simpl entry at 1; rewrite read_inside.
    - unfold correlated_F; cbn [entry correlate].
      apply total_ext; intros x _; apply total_ext; intros o _.
      rewrite closed_F_entry by (auto; intros g g_in; apply good; assumption); reflexivity.
    - apply (inside_all _ _ _ _ (turned_inside f f_in)); intros g j g_in j_in; destruct (good g g_in) as [fine r].
      rewrite correlation_F_length by assumption.
      assert (0 <= remainder g / dilation g) by (apply Z.div_pos; destruct fine as (? & ? & ? & ?); lia); lia.
  Qed.

  Lemma forward_pairing G X F :
    all_sound -> sizes G output -> sizes X size -> inner outputs G (conv X F) = pairing G X F.
  Proof.
    intros good G_size X_size; unfold inner, pairing; apply total_ext; intros o _.
    rewrite (box_ext _ output) by assumption.
    transitivity (Σ i in box output axes, Σ x in inputs, Σ w in filters, link x w o *
      Σ p in box size axes, Σ f in box filter axes,
        if related tap axes p i f then entry G o i * (entry X x p * entry F w f) else 0).
    - apply total_ext; intros i i_in; apply in_box in i_in; cbn [entry conv].
      rewrite total_mul_left; apply total_ext; intros x _.
      rewrite total_mul_left; apply total_ext; intros w _; rewrite conv_entry by assumption.
      transitivity (link x w o * (entry G o i * Σ p in box size axes, Σ f in box filter axes,
        if related tap axes p i f then entry X x p * entry F w f else 0))%ring; [ring | f_equal].
      rewrite total_mul_left; apply total_ext; intros p _.
      rewrite total_mul_left; apply total_ext; intros f _; destruct (related tap axes p i f); ring.
    - rewrite total_swap; apply total_ext; intros x _.
      rewrite total_swap; apply total_ext; intros w _; rewrite total_mul_left; reflexivity.
  Qed.

  Lemma input_pairing G V F :
    all_sound -> sizes G output -> sizes F filter -> inner inputs (closed_X G F) V = pairing G V F.
  Proof.
    intros good G_size F_size; destruct (input_gradient G F good G_size F_size) as [X_size X_entry].
    unfold inner, pairing; rewrite (total_swap outputs); apply total_ext; intros x _.
    rewrite (box_ext _ size) by assumption.
    transitivity (Σ p in box size axes, Σ o in outputs, Σ w in filters, link x w o *
      Σ i in box output axes, Σ f in box filter axes,
        if related tap axes p i f then entry G o i * (entry V x p * entry F w f) else 0).
    - apply total_ext; intros p p_in; apply in_box in p_in; rewrite X_entry by assumption.
      rewrite total_mul_right; apply total_ext; intros o _.
      rewrite total_mul_right; apply total_ext; intros w _.
      transitivity (link x w o * ((Σ i in box output axes, Σ f in box filter axes,
        if related tap axes p i f then entry G o i * entry F w f else 0) * entry V x p))%ring; [ring | f_equal].
      rewrite total_mul_right; apply total_ext; intros i _.
      rewrite total_mul_right; apply total_ext; intros f _; destruct (related tap axes p i f); ring.
    - rewrite total_swap; apply total_ext; intros o _.
      rewrite total_swap; apply total_ext; intros w _.
      rewrite <- total_mul_left, total_swap; reflexivity.
  Qed.

  Lemma filter_pairing G X W :
    all_fitting -> sizes G output -> sizes X size -> inner filters (closed_F G X) W = pairing G X W.
  Proof.
    intros good G_size X_size; destruct (filter_gradient G X good G_size X_size) as (_ & F_size & F_entry).
    unfold inner, pairing; rewrite F_size.
    transitivity (Σ w in filters, Σ o in outputs, Σ x in inputs, link x w o *
      Σ i in box output axes, Σ p in box size axes, Σ f in box filter axes,
        if related tap axes p i f then entry G o i * (entry X x p * entry W w f) else 0).
    - apply total_ext; intros w _.
      transitivity (Σ f in box filter axes, Σ o in outputs, Σ x in inputs, link x w o *
        Σ i in box output axes, Σ p in box size axes,
          if related tap axes p i f then entry G o i * (entry X x p * entry W w f) else 0).
      + apply total_ext; intros f f_in; apply in_box in f_in; rewrite F_entry by assumption.
        rewrite total_swap, total_mul_right; apply total_ext; intros o _.
        rewrite total_mul_right; apply total_ext; intros x _.
        transitivity (link x w o * ((Σ p in box size axes, Σ i in box output axes,
          if related tap axes p i f then entry X x p * entry G o i else 0) * entry W w f))%ring; [ring | f_equal].
        rewrite total_swap, total_mul_right; apply total_ext; intros i _.
        rewrite total_mul_right; apply total_ext; intros p _; destruct (related tap axes p i f); ring.
      + rewrite total_swap; apply total_ext; intros o _.
        rewrite total_swap; apply total_ext; intros x _.
        rewrite <- total_mul_left; f_equal.
        rewrite total_swap; apply total_ext; intros i _; rewrite total_swap; reflexivity.
    - rewrite total_swap; apply total_ext; intros o _; rewrite total_swap; reflexivity.
  Qed.

  (** <G, conv(V, F)> = <closed_X(G, F), V> for all V: the closed form is the gradient by X. *)
  Theorem input_adjoint G F V :
    all_sound -> sizes G output -> sizes F filter -> sizes V size ->
    inner outputs G (conv V F) = inner inputs (closed_X G F) V.
  Proof. intros; rewrite forward_pairing, input_pairing by assumption; reflexivity. Qed.

  (** <G, conv(X, W)> = <closed_F(G, X), W> for all W: the closed form is the gradient by F. *)
  Theorem filter_adjoint G X W :
    all_fitting -> sizes G output -> sizes X size ->
    inner outputs G (conv X W) = inner filters (closed_F G X) W.
  Proof.
    intros good ? ?; rewrite forward_pairing, filter_pairing by (auto; intros g g_in; apply good; assumption).
    reflexivity.
  Qed.

  (** An input that no tap reaches has gradient 0. *)
  Theorem unreached_input G F x p :
    all_sound -> sizes G output -> sizes F filter -> inside size axes p ->
    (forall i f, inside output axes i -> inside filter axes f -> related tap axes p i f = false) ->
    entry (closed_X G F) x p = 0%ring.
  Proof.
    intros good G_size F_size p_in never.
    rewrite (proj2 (input_gradient G F good G_size F_size)) by assumption.
    apply total_zero; intros o _; apply total_zero; intros w _.
    rewrite total_zero; [ring |]; intros i i_in; apply in_box in i_in.
    apply total_zero; intros f f_in; apply in_box in f_in; rewrite never by assumption; reflexivity.
  Qed.

  (** A bias, one number for each of a list of maps; [belongs o m] is 1 where output channel o has the bias m, else 0.
      Its gradient is the sum of G over positions, and over the outputs (of all examples) that have it. *)
  Theorem bias_adjoint {CB} (maps : list CB) (belongs : CO -> CB -> K) G (b : CB -> K) :
    inner outputs G (Array output (fun o _ => Σ m in maps, belongs o m * b m)) =
    Σ m in maps, (Σ o in outputs, belongs o m * Σ i in box (lengths G) axes, entry G o i) * b m.
  Proof.
    unfold inner; cbn [entry].
    transitivity (Σ o in outputs, Σ m in maps, Σ i in box (lengths G) axes, belongs o m * entry G o i * b m).
    - apply total_ext; intros o _; rewrite total_swap; apply total_ext; intros i _.
      rewrite total_mul_left; apply total_ext; intros m _; ring.
    - rewrite total_swap; apply total_ext; intros m _; rewrite total_mul_right; apply total_ext; intros o _.
      rewrite total_mul_left, total_mul_right; reflexivity.
  Qed.

  (** Average pooling is a convolution with a filter of ones, each output then times a weight (one over its divisor).
      For any filter and any weights u: weigh G, then take the same closed form. *)
  Theorem weighted_outputs_adjoint (u : CO -> list Z -> K) G F V :
    all_sound -> sizes G output -> sizes F filter -> sizes V size ->
    inner outputs G (times u (conv V F)) = inner inputs (closed_X (times u G) F) V.
  Proof.
    intros good G_size F_size V_size; rewrite <- input_adjoint by assumption.
    unfold inner; apply total_ext; intros o _; apply total_ext; intros i _; cbn [entry times]; ring.
  Qed.

  (** A transposed convolution puts its input into places: O[p] = Σ Y[i] F[f] over all i, f with p = s·i + d·f - a. It
      maps what has G's shape to what has X's; the output padding is [remainder], of any size. *)
  Definition conv_transpose (Y : array axes CO) F : array (K := K) axes CX :=
    {| lengths := size;
       entry x p := Σ o in outputs, Σ w in filters, link x w o *
         Σ i in box output axes, Σ f in box filter axes,
           if related tap axes p i f then entry Y o i * entry F w f else 0 |}.

  (** Its closed form is the ∂L/∂X of the ordinary convolution. *)
  Theorem transpose_forward (Y : array axes CO) F : all_sound -> sizes Y output -> sizes F filter ->
    sizes (closed_X Y F) size /\
    forall x p, inside size axes p -> entry (closed_X Y F) x p = entry (conv_transpose Y F) x p.
  Proof. intros; apply input_gradient; assumption. Qed.

  Lemma inner_ext {C} (channels : list C) (u v v' : array (K := K) axes C) :
    (forall c p, inside (lengths u) axes p -> entry v c p = entry v' c p) -> inner channels u v = inner channels u v'.
  Proof.
    intros same; apply total_ext; intros c _; apply total_ext; intros p p_in; apply in_box in p_in.
    rewrite same by assumption; reflexivity.
  Qed.

  Lemma inner_comm {C} (channels : list C) (u v : array (K := K) axes C) :
    (forall g, In g axes -> lengths u g = lengths v g) -> inner channels u v = inner channels v u.
  Proof.
    intros same; unfold inner; rewrite (box_ext _ _ _ same).
    apply total_ext; intros c _; apply total_ext; intros p _; ring.
  Qed.

  Lemma transpose_pairing (D : array axes CX) (Y : array axes CO) F :
    all_sound -> sizes D size -> sizes Y output -> sizes F filter ->
    inner inputs D (conv_transpose Y F) = pairing Y D F.
  Proof.
    intros good D_size Z_size F_size; destruct (input_gradient Y F good Z_size F_size) as [X_size X_entry].
    rewrite <- (input_pairing Y D F), inner_comm by (assumption || (intros; simpl; auto)).
    transitivity (inner inputs D (closed_X Y F)).
    - rewrite inner_comm by (intros; simpl; symmetry; auto); apply inner_ext; intros x p p_in; symmetry; apply X_entry.
      apply (inside_ext _ _ _ _ D_size p_in).
    - apply inner_comm; intros g g_in; rewrite D_size, X_size by assumption; reflexivity.
  Qed.

  (** <D, convT(V, F)> = <closed_O(D, F), V>: the gradient of a transposed convolution by its input is the ordinary
      convolution of D, of which the first m entries are kept where output padding leaves room for more. *)
  Theorem transpose_input_adjoint (D : array axes CX) (V : array axes CO) F :
    all_fitting -> sizes D size -> sizes V output -> sizes F filter ->
    inner inputs D (conv_transpose V F) = inner outputs (closed_O D F) V.
  Proof.
    intros good D_size V_size F_size.
    assert (fine : all_sound) by (intros g g_in; apply good; assumption).
    rewrite transpose_pairing, <- forward_pairing, inner_comm by (assumption || (intros; simpl; auto)).
    transitivity (inner outputs V (closed_O D F)).
    - rewrite inner_comm by (intros; simpl; symmetry; auto).
      apply inner_ext; intros o i i_in; symmetry; apply closed_O_is_conv; try assumption.
      apply (inside_ext _ _ _ _ V_size i_in).
    - apply inner_comm; intros; simpl; auto.
  Qed.

  (** <D, convT(Y, W)> = <closed_F(Y, D), W>: and by its filter. *)
  Theorem transpose_filter_adjoint (D : array axes CX) (Y : array axes CO) W :
    all_fitting -> sizes D size -> sizes Y output -> sizes W filter ->
    inner inputs D (conv_transpose Y W) = inner filters (closed_F Y D) W.
  Proof.
    intros good D_size Z_size W_size.
    rewrite transpose_pairing, <- filter_pairing by (auto; intros g g_in; apply good; assumption); reflexivity.
  Qed.
End Layer.

(** * Pooling

    Every tap has a weight of its own, m[i, f] for each pair of channels: the masks of max pooling (1 where the maximum
    stands, else 0, or a share where there are ties), one over the divisors of average pooling, or anything else. *)
Section Pooling.
  Context {K : ring} (axes : list axis) {CX CO : Type} (inputs : list CX) (outputs : list CO).
  Context (m : CX -> CO -> list Z -> list Z -> K).
  Implicit Types (X V : array (K := K) axes CX) (G : array (K := K) axes CO).

  Add Ring K_ring : (laws K).

  (** O[i] = Σ_f m[i, f] X[s·i + d·f - a]. *)
  Definition pool X : array axes CO :=
    {| lengths := output;
       entry o i := Σ x in inputs, Σ f in box filter axes,
         m x o i f * read X x (along2 (position correlation) axes i f) |}.

  (** G times the weights, which lie d apart in their windows. *)
  Definition masked G : windows axes CX :=
    {| count := lengths G;
       places := extent;
       at_place x i q := Σ o in outputs, entry G o i *
         match source (fun g q => divided (dilation g) q) axes q with Some f => m x o i f | None => 0 end |}.

  (** ∂L/∂X: the masked gradients added up where their windows lie, without the padding. *)
  Definition closed_pool G : array axes CX :=
    window (fun g => - before g) (fun g => remainder g - after g) (fold stride (masked G)).

  Lemma matches_pool g x : sound g -> 0 <= x < size g ->
    matches (fun q => match within (stride g * (output g - 1) + extent g) (x - - before g) with
                      | Some y => match divided (stride g) (y - q) with
                                  | Some i => within (output g) i | None => None end
                      | None => None end)
            (fun q => divided (dilation g) q)
            (fun i f => tap correlation g x i f) (output g) (filter g) (extent g).
  Proof.
    intros (? & ? & ? & ?) _; exists (fun _ f => dilation g * f); intros q i f.
    unfold tap, position, turned, extent; rewrite Z.eqb_eq; split.
    - intros (? & A & B).
      destruct (within _ (x - - before g)) as [y |] eqn:E; [| discriminate]; apply within_some in E as [-> ?].
      destruct (divided (stride g) _) as [j |] eqn:E; [| discriminate]; apply divided_some in E; [| lia].
      apply within_some in A as [-> ?]; apply divided_some in B; [| lia]; subst; repeat split; nia.
    - intros (? & ? & ? & ->); rewrite divided_multiple by lia.
      rewrite (proj2 (within_some _ _ (stride g * i + dilation g * f))) by nia.
      replace (stride g * i + dilation g * f - dilation g * f) with (stride g * i) by ring.
      rewrite divided_multiple by lia.
      rewrite (proj2 (within_some _ _ i)) by lia; repeat split; nia.
  Qed.

  (** The closed form has n entries, and is the chain rule at every entry. *)
  Theorem pool_gradient G : all_sound axes -> sizes axes G output ->
    sizes axes (closed_pool G) size /\
    forall x p, inside size axes p -> entry (closed_pool G) x p =
      Σ o in outputs, Σ i in box output axes, Σ f in box filter axes,
        if related (tap correlation) axes p i f then entry G o i * m x o i f else 0.
  Proof.
    intros good G_size; split.
    - intros g g_in; simpl; rewrite G_size by assumption; unfold remainder, slack; nia.
    - intros x p p_in; unfold closed_pool; simpl; unfold moved.
      rewrite (source_ext _ (fun g j => within (stride g * (output g - 1) + extent g) (j - - before g)))
        by (intros; cbv beta; rewrite G_size by assumption; reflexivity).
      transitivity (Σ q in box extent axes, pick
        (source2 (fun g x q => match within (stride g * (output g - 1) + extent g) (x - - before g) with
           | Some y => match divided (stride g) (y - q) with Some i => within (output g) i | None => None end
           | None => None end) axes p q)
        (source (fun g q => divided (dilation g) q) axes q)
        (fun i f => Σ o in outputs, entry G o i * m x o i f)).
      + cbn [entry fold places count masked at_place].
        rewrite total_source; apply total_ext; intros q q_in; apply in_box, inside_length in q_in.
        rewrite source_source2 by assumption.
        rewrite (source2_ext _ (fun g x q => match within (stride g * (output g - 1) + extent g) (x - - before g) with
           | Some y => match divided (stride g) (y - q) with Some i => within (output g) i | None => None end
           | None => None end))
          by (intros; cbv beta; rewrite G_size by assumption; reflexivity).
        destruct (source2 _ axes p q), (source _ axes q); simpl; try reflexivity.
        apply total_zero; intros; ring.
      + rewrite (matched _ _ (tap correlation) output filter extent).
        * transitivity (Σ i in box output axes, Σ o in outputs, Σ f in box filter axes,
            if related (tap correlation) axes p i f then entry G o i * m x o i f else 0).
          -- apply total_ext; intros i _; rewrite total_swap; apply total_ext; intros f _.
             destruct (related (tap correlation) axes p i f); [reflexivity | symmetry; apply total_zero; reflexivity].
          -- rewrite total_swap; reflexivity.
        * apply (inside_all _ _ _ _ p_in); intros g j g_in j_in; apply matches_pool; auto.
  Qed.

  (** <G, pool(V)> = <closed_pool(G), V> for all V. *)
  Theorem pool_adjoint G V : all_sound axes -> sizes axes G output -> sizes axes V size ->
    inner outputs G (pool V) = inner inputs (closed_pool G) V.
  Proof.
    intros good G_size V_size; destruct (pool_gradient G good G_size) as [X_size X_entry].
    transitivity (Σ x in inputs, Σ o in outputs, Σ i in box output axes, Σ p in box size axes, Σ f in box filter axes,
      if related (tap correlation) axes p i f then entry G o i * m x o i f * entry V x p else 0).
    - unfold inner; rewrite (total_swap inputs); apply total_ext; intros o _.
      rewrite (box_ext _ output), (total_swap inputs) by assumption; apply total_ext; intros i i_in.
      apply in_box in i_in; cbn [entry pool]; rewrite total_mul_left; apply total_ext; intros x _.
      rewrite total_mul_left.
      transitivity (Σ f in box filter axes, entry G o i *
        (read V x (along2 (position correlation) axes i f) *
         entry (Array (axes := axes) (C := unit) filter (fun _ f => m x o i f)) tt f)).
      { apply total_ext; intros f _; cbn [entry]; ring. }
      rewrite <- total_mul_left, (conv_entry correlation) by assumption.
      rewrite total_mul_left; apply total_ext; intros p _.
      rewrite total_mul_left; apply total_ext; intros f _; cbn [entry].
      destruct (related (tap correlation) axes p i f); ring.
    - unfold inner; apply total_ext; intros x _; rewrite (box_ext (lengths (closed_pool G)) size) by assumption.
      transitivity (Σ o in outputs, Σ p in box size axes, Σ i in box output axes, Σ f in box filter axes,
        if related (tap correlation) axes p i f then entry G o i * m x o i f * entry V x p else 0).
      + apply total_ext; intros o _; apply total_swap.
      + rewrite total_swap; apply total_ext; intros p p_in; apply in_box in p_in; rewrite X_entry by assumption.
        rewrite total_mul_right; apply total_ext; intros o _.
        rewrite total_mul_right; apply total_ext; intros i _.
        rewrite total_mul_right; apply total_ext; intros f _; destruct (related (tap correlation) axes p i f); ring.
  Qed.
End Pooling.

(** * What makes it the gradient

    Only one array has the property that the theorems above state: if <A, V> = <B, V> for all V, then A = B. *)
Section Uniqueness.
  Context {K : ring}.
  Add Ring K_ring : (laws K).

  Theorem inner_determines {axes : list axis} {C} (channels : list C) (A B : array (K := K) axes C) :
    (forall c c' : C, {c = c'} + {c <> c'}) -> NoDup channels -> lengths A = lengths B ->
    (forall V, sizes axes V (lengths A) -> inner channels A V = inner channels B V) ->
    forall c p, In c channels -> inside (lengths A) axes p -> entry A c p = entry B c p.
  Proof.
    intros decide distinct same all c p c_in p_in.
    pose (unit_at := Array (K := K) (axes := axes) (lengths A) (fun c' p' =>
      if decide c' c then if list_eq_dec Z.eq_dec p' p then 1%ring else 0%ring else 0%ring)).
    assert (picks : forall u : array (K := K) axes C, lengths u = lengths A -> inner channels u unit_at = entry u c p).
    { intros u u_size; unfold inner; rewrite (total_one _ _ c), (total_one _ _ p); rewrite ?u_size; auto.
      - simpl; destruct (decide c c), (list_eq_dec Z.eq_dec p p); try easy; ring.
      - apply box_nodup.
      - apply in_box; assumption.
      - intros q _ other; simpl; destruct (decide c c), (list_eq_dec Z.eq_dec q p); try easy; ring.
      - intros c' _ other; apply total_zero; intros q _; simpl; destruct (decide c' c); [easy | ring]. }
    rewrite <- (picks A), <- (picks B) by auto; apply all; intros g _; reflexivity.
  Qed.
End Uniqueness.

(** * Channels, groups and batches of a network's layers

    Input channels are (example, group, channel within the group), output channels (example, group, map within the
    group), filters (group, map, channel). They belong together where examples, groups, maps and channels agree. *)
Definition triples (l m n : Z) : list (Z * Z * Z) :=
  flat_map (fun a => flat_map (fun b => map (fun c => (a, b, c)) (range n)) (range m)) (range l).

Definition grouped {K : ring} (x w o : Z * Z * Z) : K :=
  let '(example, group, channel) := x in
  let '(group', map, channel') := w in
  let '(example', group'', map') := o in
  if (example =? example') && (group =? group') && (group =? group'') && (channel =? channel') && (map =? map')
  then 1%ring else 0%ring.

(** Pooling: every channel of every example by itself. *)
Definition pairs (l m : Z) : list (Z * Z) := flat_map (fun a => map (fun b => (a, b)) (range m)) (range l).

Definition own {K : ring} (x o : Z * Z) : K :=
  if (fst x =? fst o) && (snd x =? snd o) then 1%ring else 0%ring.
