(** Arrays over boxes of any number of dimensions, and the operations that closed forms are made of. *)

Require Import ZArith List Bool Lia.
From Symconv Require Import Sums.
Import ListNotations.
Open Scope Z_scope.

(** * Index boxes

    An array stands over a list [axes]. What there is for each axis (a length, a stride, a rule for positions) is a
    function of the axis. A multi-index is a list of positions, one an axis. *)

(** All multi-indices whose position on every axis g is 0, ..., n g - 1. *)
Fixpoint box {axis} (n : axis -> Z) (axes : list axis) : list (list Z) :=
  match axes with
  | [] => [[]]
  | g :: axes => flat_map (fun i => map (cons i) (box n axes)) (range (n g))
  end.

(** A rule f applied to the positions of one index, or of two, axis by axis. *)
Fixpoint along {axis} (f : axis -> Z -> Z) (axes : list axis) (p : list Z) : list Z :=
  match axes, p with
  | g :: axes, i :: p => f g i :: along f axes p
  | _, _ => []
  end.

Fixpoint along2 {axis} (f : axis -> Z -> Z -> Z) (axes : list axis) (p q : list Z) : list Z :=
  match axes, p, q with
  | g :: axes, i :: p, j :: q => f g i j :: along2 f axes p q
  | _, _, _ => []
  end.

(** Where an entry comes from, if it comes from anywhere: [m g i] is the position that position i on axis g is taken
    from, or None for a zero. An entry has a source when its position on every axis has one. *)
Fixpoint source {axis} (m : axis -> Z -> option Z) (axes : list axis) (p : list Z) : option (list Z) :=
  match axes, p with
  | [], [] => Some []
  | g :: axes, i :: p =>
      match m g i, source m axes p with
      | Some j, Some q => Some (j :: q)
      | _, _ => None
      end
  | _, _ => None
  end.

Fixpoint source2 {axis} (m : axis -> Z -> Z -> option Z) (axes : list axis) (p q : list Z) : option (list Z) :=
  match axes, p, q with
  | [], [], [] => Some []
  | g :: axes, i :: p, j :: q =>
      match m g i j, source2 m axes p q with
      | Some k, Some r => Some (k :: r)
      | _, _ => None
      end
  | _, _, _ => None
  end.

(** Whether three positions are related on every axis. *)
Fixpoint related {axis} (t : axis -> Z -> Z -> Z -> bool) (axes : list axis) (p q r : list Z) : bool :=
  match axes, p, q, r with
  | [], [], [], [] => true
  | g :: axes, i :: p, j :: q, k :: r => t g i j k && related t axes p q r
  | _, _, _, _ => false
  end.

(** * Arrays and operations

    An array has one length on each axis, and an entry for each channel and multi-index. What C is does not matter here:
    a channel, an example with a channel, an output map with an input channel. Outside its lengths an array has
    no meaning; [window] is what gives zeros there. *)
Record array {K : ring} {axis} (axes : list axis) (C : Type) := Array {
  lengths : axis -> Z;
  entry : C -> list Z -> K
}.
Arguments Array {K axis axes C}.
Arguments lengths {K axis axes C}.
Arguments entry {K axis axes C}.

Section Operations.
  Context {K : ring} {axis : Type} {axes : list axis} {C : Type}.
  Implicit Type v : array (K := K) axes C.

  Definition moved (m : axis -> Z -> option Z) v : C -> list Z -> K :=
    fun c p => match source m axes p with Some q => entry v c q | None => 0%ring end.

  (** Position p if it lies in 0, ..., n - 1; else none. *)
  Definition within (n p : Z) : option Z := if (0 <=? p) && (p <? n) then Some p else None.

  (** w[p] = v[p], and 0 outside of v. *)
  Definition read v : C -> list Z -> K := moved (fun g p => within (lengths v g) p) v.

  (** w[j] = v[j - b] for 0 <= j < len + b + e, 0 where v has nothing: padding, and cropping where b or e is negative. *)
  Definition window (b e : axis -> Z) v : array axes C :=
    {| lengths g := lengths v g + b g + e g;
       entry := moved (fun g j => within (lengths v g) (j - b g)) v |}.

  (** Position q comes from q / s where s divides q. *)
  Definition divided (s q : Z) : option Z := if q mod s =? 0 then Some (q / s) else None.

  (** Neighbours moved s apart, s - 1 zeros between them. *)
  Definition spread (s : axis -> Z) v : array axes C :=
    {| lengths g := s g * (lengths v g - 1) + 1;
       entry := moved (fun g q => divided (s g) q) v |}.

  (** The order of the entries turned round on every axis; in 2-D a rotation by 180 degrees. *)
  Definition reverse v : array axes C :=
    {| lengths := lengths v;
       entry := moved (fun g q => Some (lengths v g - 1 - q)) v |}.

  (** The first k entries on every axis; 0 where v has fewer. *)
  Definition keep (k : axis -> Z) v : array axes C := {| lengths := k; entry := read v |}.

  (** Every entry times its own weight. *)
  Definition times (w : C -> list Z -> K) v : array axes C :=
    {| lengths := lengths v; entry c p := (w c p * entry v c p)%ring |}.
End Operations.

(** Cross-correlation with stride s: w[i] = Σ_q v[s·i + q] u[q], as long as u lies in v. The channels a of v and b of u
    that [signals] and [filters] list are summed away, each pair with the coefficient [link] that it has for channel c
    of the result (1 or 0 where channels belong together or do not). *)
Definition correlate {K : ring} {axis} {axes : list axis} {A B C}
    (signals : list A) (filters : list B) (link : A -> B -> C -> K) (s : axis -> Z)
    (v : array axes A) (u : array axes B) : array axes C :=
  {| lengths g := (lengths v g - lengths u g) / s g + 1;
     entry c i := Σ a in signals, Σ b in filters, link a b c *
       Σ q in box (lengths u) axes, entry v a (along2 (fun g i q => s g * i + q)%Z axes i q) * entry u b q |}.

(** Windows that have not been put in their places: v[i, q] for window i and place q. *)
Record windows {K : ring} {axis} (axes : list axis) (C : Type) := Windows {
  count : axis -> Z;
  places : axis -> Z;
  at_place : C -> list Z -> list Z -> K
}.
Arguments Windows {K axis axes C}.
Arguments count {K axis axes C}.
Arguments places {K axis axes C}.
Arguments at_place {K axis axes C}.

(** Windows added up where they lie, a stride s after one another: w[y] = Σ_q v[(y - q)/s, q], over the places q for
    which s divides y - q and there is a window (y - q)/s. *)
Definition fold {K : ring} {axis} {axes : list axis} {C}
    (s : axis -> Z) (v : windows (K := K) axes C) : array axes C :=
  {| lengths g := s g * (count v g - 1) + places v g;
     entry c y := Σ q in box (places v) axes,
       match source2 (fun g y q => match divided (s g) (y - q)%Z with Some i => within (count v g) i | None => None end)
               axes y q with
       | Some i => at_place v c i q
       | None => 0
       end |}.

(** The inner product <u, v>: the sum of the products of entries at the same place, over the entries of u. *)
Definition inner {K : ring} {axis} {axes : list axis} {C} (channels : list C) (u v : array (K := K) axes C) : K :=
  Σ c in channels, Σ p in box (lengths u) axes, entry u c p * entry v c p.

(** * What is needed of them *)

Lemma within_some n p j : within n p = Some j <-> j = p /\ 0 <= p < n.
Proof.
  unfold within; destruct (Z.leb_spec 0 p), (Z.ltb_spec p n); simpl; split;
    intros reason; try (injection reason as ->); try easy; try lia.
  destruct reason as [-> _]; reflexivity.
Qed.

Lemma divided_some s q j : 1 <= s -> divided s q = Some j <-> q = s * j.
Proof.
  intros positive; unfold divided; split.
  - destruct (Z.eqb_spec (q mod s) 0); [intros [= <-] | easy].
    apply Z.div_exact; lia.
  - intros ->; rewrite Z.mul_comm, Z_mod_mult, Z.div_mul by lia; reflexivity.
Qed.

Lemma divided_multiple s j : 1 <= s -> divided s (s * j) = Some j.
Proof. intros; apply divided_some; auto. Qed.

Lemma Forall2_lengths {A B} {R : A -> B -> Prop} {l m} : Forall2 R l m -> List.length m = List.length l.
Proof. intros all; induction all; simpl; congruence. Qed.

Section Sources.
  Context {axis : Type}.
  Implicit Types (axes : list axis) (p q : list Z).

  Definition inside (n : axis -> Z) axes p : Prop := Forall2 (fun g i => 0 <= i < n g) axes p.

  Lemma in_box n axes p : In p (box n axes) <-> inside n axes p.
  Proof.
    revert p; induction axes as [| g axes IH]; intros p; simpl.
    - split; [intros [<- | []]; constructor | intros empty; inversion empty; auto].
    - rewrite in_flat_map; split.
      + intros (i & first & rest); apply in_map_iff in rest as (q & <- & rest).
        constructor; [apply in_range | apply IH]; assumption.
      + intros all; inversion all as [| ? i ? q first rest]; subst.
        exists i; split; [apply in_range | apply in_map, IH]; assumption.
  Qed.

  Lemma box_ext m n axes : (forall g, In g axes -> m g = n g) -> box m axes = box n axes.
  Proof. induction axes; simpl; intros same; [reflexivity | rewrite same, IHaxes; auto]. Qed.

  Lemma box_nodup n axes : NoDup (box n axes).
  Proof.
    induction axes as [| g axes IH]; simpl; [repeat constructor; easy |].
    generalize (range_nodup (n g)); generalize (range (n g)) as l.
    induction l as [| i l more]; simpl; intros distinct; [constructor |].
    inversion distinct as [| ? ? absent rest]; subst.
    assert (apart : forall l', NoDup l' -> (forall p, In p l' -> hd_error p <> Some i) ->
                    NoDup (map (cons i) (box n axes) ++ l')).
    { intros l' nodup other; revert IH; generalize (box n axes) as b.
      induction b as [| p b shorter]; simpl; intros nodup'; [assumption |].
      inversion nodup'; subst; constructor; [| auto].
      rewrite in_app_iff, in_map_iff; intros [(q & [= ->] & ?) | there]; [easy | apply (other _ there); reflexivity]. }
    apply apart; [auto |].
    intros p there; apply in_flat_map in there as (j & ? & there); apply in_map_iff in there as (q & <- & _).
    simpl; intros [= ->]; easy.
  Qed.

  Lemma source_ext m m' axes p :
    (forall g i, In g axes -> m g i = m' g i) -> source m axes p = source m' axes p.
  Proof.
    revert p; induction axes; intros [| i p]; simpl; intros same; try reflexivity.
    rewrite same, (IHaxes p); auto.
  Qed.

  Lemma source_source m m' axes p :
    match source m axes p with Some q => source m' axes q | None => None end =
    source (fun g i => match m g i with Some j => m' g j | None => None end) axes p.
  Proof.
    revert p; induction axes; intros [| i p]; simpl; try reflexivity.
    rewrite <- IHaxes; destruct (m a i), (source m axes p); simpl; try destruct (m' a z); reflexivity.
  Qed.

  Lemma source2_ext m m' axes p q :
    (forall g i j, In g axes -> m g i j = m' g i j) -> source2 m axes p q = source2 m' axes p q.
  Proof.
    revert p q; induction axes; intros [| i p] [| j q]; simpl; intros same; try reflexivity.
    rewrite same, (IHaxes p q); auto.
  Qed.

  Lemma source_source2 m m' axes p q :
    List.length q = List.length axes ->
    match source m axes p with Some r => source2 m' axes r q | None => None end =
    source2 (fun g i j => match m g i with Some k => m' g k j | None => None end) axes p q.
  Proof.
    revert p q; induction axes; intros [| i p] [| j q]; simpl; intros same; try easy.
    rewrite <- IHaxes by lia; destruct (m a i), (source m axes p); simpl; try destruct (m' a z j); reflexivity.
  Qed.

  Lemma source_along2 m f axes p q :
    List.length p = List.length axes -> List.length q = List.length axes ->
    source m axes (along2 f axes p q) = source2 (fun g i j => m g (f g i j)) axes p q.
  Proof.
    revert p q; induction axes; intros [| i p] [| j q]; simpl; intros; try easy.
    rewrite IHaxes by lia; reflexivity.
  Qed.

  Lemma source_along m f axes p :
    List.length p = List.length axes ->
    source m axes (along f axes p) = source (fun g i => m g (f g i)) axes p.
  Proof.
    revert p; induction axes; intros [| i p]; simpl; intros; try easy.
    rewrite IHaxes by lia; reflexivity.
  Qed.

  Lemma source_total f axes p :
    List.length p = List.length axes -> source (fun g i => Some (f g i)) axes p = Some (along f axes p).
  Proof.
    revert p; induction axes; intros [| i p]; simpl; intros; try easy.
    rewrite IHaxes by lia; reflexivity.
  Qed.

  Lemma source_same axes p : List.length p = List.length axes -> source (fun _ i => Some i) axes p = Some p.
  Proof.
    revert p; induction axes; intros [| i p]; simpl; intros; try easy.
    rewrite IHaxes by lia; reflexivity.
  Qed.

  Lemma inside_ext m n axes p : (forall g, In g axes -> m g = n g) -> inside m axes p -> inside n axes p.
  Proof. rewrite <- !in_box; intros same; rewrite (box_ext _ _ _ same); auto. Qed.

  Lemma inside_all n axes p (P : axis -> Z -> Prop) :
    inside n axes p -> (forall g i, In g axes -> 0 <= i < n g -> P g i) -> Forall2 P axes p.
  Proof. intros all; induction all; intros fine; constructor; [| apply IHall; intros]; apply fine; simpl; auto. Qed.

  Lemma inside_along2 m n l f axes p q :
    inside m axes p -> inside n axes q ->
    (forall g i j, In g axes -> 0 <= i < m g -> 0 <= j < n g -> 0 <= f g i j < l g) ->
    inside l axes (along2 f axes p q).
  Proof.
    intros all; revert q; induction all; intros q others fine; inversion others; subst; simpl; constructor.
    - apply fine; simpl; auto.
    - apply IHall; [assumption | intros; apply fine; simpl; auto].
  Qed.

  Lemma inside_length n axes p : inside n axes p -> List.length p = List.length axes.
  Proof. apply Forall2_lengths. Qed.

  Lemma along_same axes p : List.length p = List.length axes -> along (fun _ i => i) axes p = p.
  Proof. revert p; induction axes; intros [| i p]; simpl; intros; try easy; rewrite IHaxes by lia; reflexivity. Qed.

  Lemma along2_along f m axes p q :
    List.length p = List.length axes ->
    along2 f axes (along m axes p) q = along2 (fun g i => f g (m g i)) axes p q.
  Proof.
    revert p q; induction axes; intros [| i p] [| j q]; simpl; intros; try easy.
    rewrite IHaxes by lia; reflexivity.
  Qed.

  Lemma inside_along n l f axes p :
    inside n axes p -> (forall g i, In g axes -> 0 <= i < n g -> 0 <= f g i < l g) -> inside l axes (along f axes p).
  Proof.
    intros all; induction all; intros fine; simpl; constructor; [| apply IHall; intros]; apply fine; simpl; auto.
  Qed.

  Lemma related_along t f axes p q r :
    List.length p = List.length axes ->
    related t axes (along f axes p) q r = related (fun g i => t g (f g i)) axes p q r.
  Proof.
    revert p q r; induction axes; intros [| i p] [| j q] [| k r]; simpl; intros; try easy.
    rewrite IHaxes by lia; reflexivity.
  Qed.

  (** The three positions in another order. *)
  Lemma related_213 t axes p q r : related (fun g j i k => t g i j k) axes q p r = related t axes p q r.
  Proof. revert p q r; induction axes; intros [| i p] [| j q] [| k r]; simpl; congruence. Qed.

  Lemma related_312 t axes p q r : related (fun g k i j => t g i j k) axes r p q = related t axes p q r.
  Proof. revert p q r; induction axes; intros [| i p] [| j q] [| k r]; simpl; congruence. Qed.

  Lemma related_ext t t' axes p q r :
    (forall g i j k, In g axes -> t g i j k = t' g i j k) -> related t axes p q r = related t' axes p q r.
  Proof.
    revert p q r; induction axes; intros [| i p] [| j q] [| k r]; simpl; intros same; try reflexivity.
    rewrite same, (IHaxes p q r); auto.
  Qed.
End Sources.

(** * Matching

    The one step on which everything rests. A pipeline sums over places q. At place q it multiplies entry [A q] of one
    array with entry [B q] of another, where both are defined. If each related pair (u, v) has exactly one such place
    and no other pair has any, then it is the sum over the related pairs. It is checked on one axis, and holds on a
    product of axes. *)

Definition pick {K : ring} {A B} (a : option A) (b : option B) (h : A -> B -> K) : K :=
  match a, b with
  | Some a, Some b => h a b
  | _, _ => 0%ring
  end.

Definition matches (A B : Z -> option Z) (t : Z -> Z -> bool) (u_length v_length q_length : Z) : Prop :=
  exists place : Z -> Z -> Z, forall q u v,
    (0 <= q < q_length /\ A q = Some u /\ B q = Some v) <->
    (0 <= u < u_length /\ 0 <= v < v_length /\ t u v = true /\ q = place u v).

Section Matching.
  Context {K : ring}.
  Add Ring K_ring : (laws K).

  Lemma total_box {axis} (n : axis -> Z) g axes (f : list Z -> K) :
    total (box n (g :: axes)) f = Σ i in range (n g), Σ p in box n axes, f (i :: p).
  Proof.
    simpl; rewrite total_flat_map; apply total_ext; intros i _; apply total_map.
  Qed.

  Lemma matched_on_axis A B t u_length v_length q_length (h : Z -> Z -> K) :
    matches A B t u_length v_length q_length ->
    (Σ q in range q_length, pick (A q) (B q) h) =
    Σ u in range u_length, Σ v in range v_length, if t u v then h u v else 0.
  Proof.
    intros (place & exactly).
    transitivity (Σ q in range q_length, Σ u in range u_length, Σ v in range v_length,
      if t u v && (q =? place u v) then h u v else 0).
    - apply total_ext; intros q q_in; apply in_range in q_in.
      destruct (A q) as [u0 |] eqn:Aq; [destruct (B q) as [v0 |] eqn:Bq |]; simpl.
      + assert (at0 := proj1 (exactly q u0 v0) (conj q_in (conj Aq Bq))); destruct at0 as (u_in & v_in & yes & ->).
        symmetry; rewrite (total_one _ _ u0), (total_one _ _ v0).
        * rewrite yes, Z.eqb_refl; reflexivity.
        * apply range_nodup.
        * apply in_range; assumption.
        * intros v v_there other; apply in_range in v_there.
          destruct (t u0 v && (place u0 v0 =? place u0 v)) eqn:yes'; [| reflexivity].
          apply andb_true_iff in yes' as [yes' same]; apply Z.eqb_eq in same.
          destruct (proj2 (exactly (place u0 v0) u0 v)) as (_ & _ & again); [auto |].
          congruence.
        * apply range_nodup.
        * apply in_range; assumption.
        * intros u u_there other; apply in_range in u_there.
          apply total_zero; intros v v_there; apply in_range in v_there.
          destruct (t u v && (place u0 v0 =? place u v)) eqn:yes'; [| reflexivity].
          apply andb_true_iff in yes' as [yes' same]; apply Z.eqb_eq in same.
          destruct (proj2 (exactly (place u0 v0) u v)) as (_ & again & _); [auto |].
          congruence.
      + symmetry; apply total_zero; intros u u_there; apply in_range in u_there.
        apply total_zero; intros v v_there; apply in_range in v_there.
        destruct (t u v && (q =? place u v)) eqn:yes; [| reflexivity].
        apply andb_true_iff in yes as [yes same]; apply Z.eqb_eq in same.
        destruct (proj2 (exactly q u v)) as (_ & _ & again); [auto | congruence].
      + symmetry; apply total_zero; intros u u_there; apply in_range in u_there.
        apply total_zero; intros v v_there; apply in_range in v_there.
        destruct (t u v && (q =? place u v)) eqn:yes; [| reflexivity].
        apply andb_true_iff in yes as [yes same]; apply Z.eqb_eq in same.
        destruct (proj2 (exactly q u v)) as (_ & again & _); [auto | congruence].
    - rewrite total_swap; apply total_ext; intros u u_in; apply in_range in u_in.
      rewrite total_swap; apply total_ext; intros v v_in; apply in_range in v_in.
      destruct (t u v) eqn:yes; simpl; [| apply total_zero; reflexivity].
      destruct (proj2 (exactly (place u v) u v)) as (q_in & _); [auto |].
      rewrite (total_one _ _ (place u v)).
      + rewrite Z.eqb_refl; reflexivity.
      + apply range_nodup.
      + apply in_range; assumption.
      + intros q _ other; apply Z.eqb_neq in other; rewrite other; reflexivity.
  Qed.

  Lemma matched {axis} (A : axis -> Z -> Z -> option Z) (B : axis -> Z -> option Z) (t : axis -> Z -> Z -> Z -> bool)
      (u_length v_length q_length : axis -> Z) axes p (h : list Z -> list Z -> K) :
    Forall2 (fun g i => matches (A g i) (B g) (t g i) (u_length g) (v_length g) (q_length g)) axes p ->
    (Σ q in box q_length axes, pick (source2 A axes p q) (source B axes q) h) =
    Σ u in box u_length axes, Σ v in box v_length axes, if related t axes p u v then h u v else 0.
  Proof.
    intros all; revert h; induction all as [| g i axes p first _ IH]; intros h.
    - simpl; ring.
    - rewrite !total_box.
      transitivity (Σ j in range (q_length g), pick (A g i j) (B g j) (fun u0 v0 =>
        Σ u in box u_length axes, Σ v in box v_length axes,
          if related t axes p u v then h (u0 :: u) (v0 :: v) else 0))%ring.
      + apply total_ext; intros j _; simpl.
        destruct (A g i j), (B g j); simpl.
        * rewrite <- IH; apply total_ext; intros q _.
          destruct (source2 A axes p q), (source B axes q); reflexivity.
        * apply total_zero; intros q _; destruct (source2 A axes p q); reflexivity.
        * apply total_zero; reflexivity.
        * apply total_zero; reflexivity.
      + rewrite (matched_on_axis _ _ _ _ _ _ _ first); apply total_ext; intros u0 _.
        transitivity (Σ u in box u_length axes, Σ v0 in range (v_length g), Σ v in box v_length axes,
          if t g i u0 v0 && related t axes p u v then h (u0 :: u) (v0 :: v) else 0).
        * rewrite total_swap; apply total_ext; intros v0 _.
          destruct (t g i u0 v0); simpl; [reflexivity |].
          symmetry; apply total_zero; intros u _; apply total_zero; reflexivity.
        * apply total_ext; intros u _; rewrite total_box; reflexivity.
  Qed.

  (** The same for two arrays that are each moved, as a correlation reads them. *)
  Lemma products_matched {axis} {axes : list axis} {A B} (v : array axes A) (w : array (K := K) axes B) a b
      (m m' : axis -> Z -> option Z) (f : axis -> Z -> Z -> Z) (t : axis -> Z -> Z -> Z -> bool)
      (v_length w_length n : axis -> Z) p :
    Forall2 (fun g i => matches (fun q => m g (f g i q)) (m' g) (t g i) (v_length g) (w_length g) (n g)) axes p ->
    (Σ q in box n axes, moved m v a (along2 f axes p q) * moved m' w b q) =
    Σ i in box v_length axes, Σ j in box w_length axes,
      if related t axes p i j then entry v a i * entry w b j else 0.
  Proof.
    intros all; rewrite <- (matched (fun g i q => m g (f g i q)) m' t v_length w_length n axes p _ all).
    apply total_ext; intros q there; apply in_box, inside_length in there.
    assert (same := Forall2_lengths all).
    unfold moved; rewrite source_along2 by congruence.
    destruct (source2 _ axes p q), (source m' axes q); simpl; ring.
  Qed.

  Lemma read_inside {axis} {axes : list axis} {C} (v : array (K := K) axes C) c p :
    inside (lengths v) axes p -> read v c p = entry v c p.
  Proof.
    intros there; unfold read, moved.
    replace (source _ axes p) with (Some p); [reflexivity |].
    induction there as [| g i ? ? fine rest IH]; simpl; [reflexivity |].
    rewrite (proj2 (within_some (lengths v g) i i) (conj eq_refl fine)), <- IH; reflexivity.
  Qed.

  Lemma total_source {axis} (axes : list axis) (o : option (list Z)) (l : list (list Z))
      (m : axis -> Z -> Z -> option Z) (h : list Z -> list Z -> K) :
    match o with
    | Some y => Σ q in l, match source2 m axes y q with Some i => h i q | None => 0 end
    | None => 0%ring
    end =
    Σ q in l, match (match o with Some y => source2 m axes y q | None => None end) with
              | Some i => h i q | None => 0 end.
  Proof. destruct o; [reflexivity | symmetry; apply total_zero; reflexivity]. Qed.

  Lemma moved_moved {axis} {axes : list axis} {C} m m' (v : array (K := K) axes C) l c p :
    moved m (Array (axes := axes) l (moved m' v)) c p =
    moved (fun g i => match m g i with Some j => m' g j | None => None end) v c p.
  Proof.
    unfold moved; simpl; rewrite <- source_source; destruct (source m axes p); reflexivity.
  Qed.

  Lemma moved_nowhere {axis} {axes : list axis} {C} (v : array (K := K) axes C) c p :
    List.length p = List.length axes -> moved (fun _ i => Some i) v c p = entry v c p.
  Proof. intros same; unfold moved; rewrite source_same by assumption; reflexivity. Qed.

  (** A correlation reads nothing outside of its operands. *)
  Lemma correlate_reads_inside {axis} {axes : list axis} {A B C} signals filters (link : A -> B -> C -> K) s
      (v : array axes A) (u : array axes B) i q :
    (forall g, In g axes -> 1 <= s g) ->
    inside (lengths (correlate signals filters link s v u)) axes i -> inside (lengths u) axes q ->
    inside (lengths v) axes (along2 (fun g i q => s g * i + q) axes i q).
  Proof.
    intros positive there there'; apply (inside_along2 _ _ _ _ _ _ _ there there').
    simpl; intros g j j' g_in j_in j'_in; specialize (positive g g_in).
    assert (s g * ((lengths v g - lengths u g) / s g) <= lengths v g - lengths u g) by (apply Z.mul_div_le; lia).
    nia.
  Qed.
End Matching.
