"""What is proved of a network: of each layer, in the letters and roles of the network."""

from hypothesis import given

from symconv.compose import derive
from symconv.network.proofs import network_proofs
from symconv.notation.tree import Style, Symbol, gradient_of, walk
from tests.network.networks import RATIONAL, first_network, networks
from tests.strategies import examples


def assert_proved(network):
    proofs = network_proofs(network, Style(symbols=network.symbols))
    assert all(proof.holds for proof in proofs)
    by_role = {proof.role: proof for proof in proofs}
    for role in network.parameters:
        assert isinstance(by_role[f"d:{role}"].claim.sides[0], Symbol)
        assert by_role[f"d:{role}"].claim.sides[0].role == f"d:{role}"
    for number in range(len(network.layers)):
        assert f"d:{network.input_of(number)}" in by_role
    return proofs


@examples(60)
@given(network=networks(RATIONAL))
def test_every_gradient_of_every_layer_is_proved_in_the_arrays_of_the_network(network):
    for proof in assert_proved(network):
        named = {gradient_of(node.role) for node in walk(proof.claim) if isinstance(node, Symbol)}
        assert named <= {*network.symbols, *network.arrays}


def test_down_to_the_first_filter_of_a_whole_network():
    network = first_network()
    roles = {proof.role for proof in assert_proved(network)}
    assert roles >= {"d:conv1.F", "d:conv1.b", "d:conv1.O", "d:relu1.O", "d:pool1.O", "d:dense1.F", "d:dense1.O", "L"}
    assert all(proof.holds for proof in derive(network).proofs)
