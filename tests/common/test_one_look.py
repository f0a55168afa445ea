"""What is asked once in one look: told again inside it, asked anew outside, and of every key for itself."""

from common.one_look import once, one_look


class Asked(list):
    """Says how often it was asked."""

    def __call__(self):
        self.append("asked")
        return len(self)


def test_a_look_asks_once_for_each_key_and_forgets_at_its_end():
    ask = Asked()
    with one_look():
        assert [once("mine", ask), once("mine", ask), once("yours", ask), once("mine", ask)] == [1, 1, 2, 1]
    with one_look():
        assert once("mine", ask) == 3


def test_outside_a_look_nothing_is_kept():
    ask = Asked()
    assert [once("mine", ask), once("mine", ask)] == [1, 2]


def test_a_look_inside_another_is_the_same_and_an_error_ends_it():
    ask = Asked()
    try:
        with one_look():
            with one_look():
                assert once("mine", ask) == 1
            assert once("mine", ask) == 1
            raise RuntimeError
    except RuntimeError:
        assert once("mine", ask) == 2
