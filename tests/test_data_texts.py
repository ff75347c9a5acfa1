"""The split of the language reference, and the sunspots."""

from course_lib import data


def test_topics_split_is_one_cut_and_the_test_part_repeats_no_long_line():
    text, (train, test) = data.topics(), data.topics_split()
    assert text.startswith(train)
    assert train.endswith("\n")
    assert 0 <= len(train) - 0.9 * len(text) < 2_000
    seen = {line.strip() for line in train.splitlines()}
    long = [line for line in test.splitlines() if len(line.strip()) >= 40]
    assert len(long) > 500
    assert not {line.strip() for line in long} & seen
    # What is left stands in its order in the last tenth, which has lost lines.
    rest = iter(text[len(train) :].splitlines())
    assert all(line in rest for line in test.splitlines())
    assert 0.7 < len(test) / (len(text) - len(train)) < 1
    assert data.topics_split() == (train, test)


def test_sunspots():
    years, numbers = data.sunspots()
    assert (years[0], years[-1], len(numbers)) == (1700, 2008, 309)
    # The great maximum of 1957, and the year of the shallowest minimum known by number.
    assert years[numbers.argmax()] == 1957
    assert numbers.max() == 190.2
    assert numbers[years == 1810] == numbers.min() == 0
    assert 40 < numbers.mean() < 60
