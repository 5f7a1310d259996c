import torch

from visualsearch.training.objective import CosineHead, nt_xent


def test_imprinted_head_classifies_the_vectors_it_was_given() -> None:
    vectors = torch.nn.functional.normalize(torch.eye(4)[[0, 1, 2, 0]] + 0.1, dim=1)
    head = CosineHead(4, 4)
    unseen = head.weight[3].clone()
    head.imprint(vectors, torch.tensor([0, 1, 2, 0]))
    assert head(vectors).argmax(dim=1).tolist() == [0, 1, 2, 0]
    torch.testing.assert_close(head.weight[3], unseen)


def test_nt_xent_is_small_only_when_views_match() -> None:
    vectors = torch.eye(6)
    labels = torch.arange(6)
    assert nt_xent(vectors, vectors, labels) < 0.01
    assert nt_xent(vectors, vectors.roll(1, dims=0), labels) > 5


def test_nt_xent_does_not_separate_pictures_of_one_instance() -> None:
    alike = torch.ones(2, 4) / 2
    assert nt_xent(alike, alike, torch.tensor([0, 0])) < 1e-5 < nt_xent(alike, alike, torch.tensor([0, 1]))
