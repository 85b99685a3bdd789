(** Finite sums over a commutative ring.

    Everything that is proved about convolution holds over any commutative ring: whole numbers, rationals, reals,
    complex numbers, polynomials, matrices that commute, numbers modulo p. *)

Require Import ZArith List FinFun Lia Ring Ring_theory.
Import ListNotations.
Open Scope Z_scope.

Record ring := Ring {
  carrier :> Type;
  zero : carrier;
  one : carrier;
  add : carrier -> carrier -> carrier;
  mul : carrier -> carrier -> carrier;
  sub : carrier -> carrier -> carrier;
  opp : carrier -> carrier;
  laws : ring_theory zero one add mul sub opp eq
}.

Declare Scope ring_scope.
Delimit Scope ring_scope with ring.
Notation "0" := (zero _) : ring_scope.
Notation "1" := (one _) : ring_scope.
Infix "+" := (add _) : ring_scope.
Infix "*" := (mul _) : ring_scope.
Infix "-" := (sub _) : ring_scope.
Notation "- a" := (opp _ a) : ring_scope.

(** The whole number m as an element of a ring: 1 + ... + 1. *)
Fixpoint number {K : ring} (m : nat) : K :=
  match m with
  | O => 0%ring
  | S O => 1%ring
  | S m => (1 + number m)%ring
  end.

(** The sum of [f a] over the entries [a] of a list. *)
Fixpoint total {K : ring} {A} (l : list A) (f : A -> K) : K :=
  match l with
  | [] => 0%ring
  | a :: l => (f a + total l f)%ring
  end.

Notation "'Σ' a 'in' l , e" := (total l (fun a => e%ring)) (at level 60, a name, l at level 50, right associativity).

(** [range n] = 0, 1, ..., n - 1: the positions of an axis of length n. *)
Definition range (n : Z) : list Z := map Z.of_nat (seq 0 (Z.to_nat n)).

Lemma in_range n i : In i (range n) <-> 0 <= i < n.
Proof.
  unfold range; rewrite in_map_iff; split.
  - intros (m & <- & inside); apply in_seq in inside; lia.
  - intros inside; exists (Z.to_nat i); rewrite in_seq; lia.
Qed.

Lemma range_nodup n : NoDup (range n).
Proof. apply Injective_map_NoDup; [intros a b; lia | apply seq_NoDup]. Qed.

Section Sums.
  Context {K : ring}.
  Add Ring K_ring : (laws K).

  Lemma total_ext {A} (l : list A) (f g : A -> K) :
    (forall a, In a l -> f a = g a) -> total l f = total l g.
  Proof. induction l; simpl; intros same; [reflexivity | rewrite same, IHl; auto]. Qed.

  Lemma total_zero {A} (l : list A) (f : A -> K) :
    (forall a, In a l -> f a = 0%ring) -> total l f = 0%ring.
  Proof. induction l; simpl; intros none; [reflexivity | rewrite none, IHl by auto; ring]. Qed.

  Lemma total_add {A} (l : list A) (f g : A -> K) :
    (Σ a in l, f a + g a) = ((Σ a in l, f a) + (Σ a in l, g a))%ring.
  Proof. induction l; simpl; [| rewrite IHl]; ring. Qed.

  Lemma total_mul_left {A} (l : list A) (c : K) (f : A -> K) : (c * Σ a in l, f a)%ring = Σ a in l, c * f a.
  Proof. induction l; simpl; [| rewrite <- IHl]; ring. Qed.

  Lemma total_mul_right {A} (l : list A) (c : K) (f : A -> K) : ((Σ a in l, f a) * c)%ring = Σ a in l, f a * c.
  Proof. induction l; simpl; [| rewrite <- IHl]; ring. Qed.

  Lemma total_swap {A B} (l : list A) (m : list B) (f : A -> B -> K) :
    (Σ a in l, Σ b in m, f a b) = Σ b in m, Σ a in l, f a b.
  Proof.
    induction l; simpl.
    - symmetry; apply total_zero; reflexivity.
    - rewrite IHl, <- total_add; reflexivity.
  Qed.

  Lemma total_app {A} (l m : list A) (f : A -> K) : total (l ++ m) f = (total l f + total m f)%ring.
  Proof. induction l; simpl; [| rewrite IHl]; ring. Qed.

  Lemma total_map {A B} (move : A -> B) (l : list A) (f : B -> K) : total (map move l) f = Σ a in l, f (move a).
  Proof. induction l; simpl; congruence. Qed.

  Lemma total_flat_map {A B} (parts : A -> list B) (l : list A) (f : B -> K) :
    total (flat_map parts l) f = Σ a in l, total (parts a) f.
  Proof. induction l; simpl; [| rewrite total_app, IHl]; reflexivity. Qed.

  Lemma add_parts (a b c d : K) : a = c -> b = d -> (a + b)%ring = (c + d)%ring.
  Proof. congruence. Qed.

  (** A sum that has only one entry: Σ_b [b = a] f(b) = f(a). *)
  Lemma total_one {A} (l : list A) (f : A -> K) a :
    NoDup l -> In a l -> (forall b, In b l -> b <> a -> f b = 0%ring) -> total l f = f a.
  Proof.
    induction l as [| b l IH]; simpl; intros distinct inside alone; [easy |].
    inversion distinct as [| ? ? absent rest]; subst.
    destruct inside as [-> | inside].
    - rewrite (total_zero l f); [ring | intros c there; apply alone; [auto | intros ->; easy]].
    - rewrite (alone b), IH by (auto; intros ->; easy); ring.
  Qed.
End Sums.
