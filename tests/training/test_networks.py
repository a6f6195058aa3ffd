"""A network that was traced before trains like one that is built anew."""

import numpy as np
import pytest

from covnets.config import InceptionConfig, ResNetConfig, VGGConfig
from covnets.limits import training_macs
from covnets.models import sketch
from covnets.training import timing
from covnets.training.networks import Networks, key_of
from covnets.training.run import Training


def curve(config, networks):
    events = []
    training = Training(config, events.append, networks=networks)
    for _ in training.moves():
        pass
    training.release()
    points = [event for event in events if event["event"] == "metrics"]
    return [(point["split"], point["step"], point["loss"], point["accuracy"]) for point in points]


def changed(config, **changes):
    return config.replace(train=config.train.replace(**changes))


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_network_that_was_trained_before_starts_anew_to_the_last_digit(run_config, optimizer):
    config = changed(run_config, optimizer=optimizer, weight_decay=0.01)
    networks = Networks()
    before = curve(changed(config, seed=9, batch_size=35, num_train=100), networks)
    (kept,) = networks._kept
    again = curve(config, networks)
    assert networks._kept == [kept]
    assert again == curve(config, Networks())
    assert again != before


@pytest.mark.parametrize(
    ("network", "precision"),
    [
        (VGGConfig(num_stages=2, filters=4, units=8, dropout=0.5), "float32"),
        (VGGConfig(num_stages=2, filters=4, units=8, dropout=0.5), "mixed_bfloat16"),
        (InceptionConfig(num_stages=1, filters=4, dropout=0.5), "float32"),
        (ResNetConfig(num_stages=2, filters=4), "float32"),
    ],
)
def test_network_that_was_traced_and_timed_ahead_starts_as_one_built_now(
    run_config, network, precision
):
    assert network.batchnorm
    config = changed(run_config.replace(network=network), precision=precision)
    networks = Networks()
    timings = networks.prepare([changed(config, seed=9, batch_size=35), config])
    assert [all(seconds > 0 for seconds in timing) for timing in timings] == [True, True]
    kept = list(networks._kept)
    ahead = curve(config, networks)
    assert networks._kept == kept
    assert ahead == curve(config, Networks())


def test_only_what_is_not_timed_yet_is_timed(run_config):
    timed, new = run_config, changed(run_config, batch_size=35, precision="auto")
    timings = Networks().prepare([timed, new], is_timed=lambda config: config == timed)
    assert [timing is not None for timing in timings] == [False, True]


def test_step_that_takes_too_long_is_timed_with_fewer_images(run_config, monkeypatch):
    sizes = []

    class Loop:
        def train(self, indices, rates):
            sizes.append(len(indices) // len(rates))
            moments.append(moments[-1] + 0.01 * sizes[-1] * len(rates))

    moments = [0.0]
    monkeypatch.setattr(timing.time, "perf_counter", lambda: moments[-1])
    per_image = training_macs(sketch(run_config.network))
    monkeypatch.setattr(timing, "MACS_PER_CALL", 7 * per_image)
    config = changed(run_config, batch_size=28)
    seconds = timing.seconds_per_step(Loop(), config, lambda: False)
    assert set(sizes) == {7}
    assert seconds == pytest.approx(0.28)


@pytest.mark.parametrize("asked", range(3))
def test_tracing_that_was_interrupted_leaves_nothing_behind(run_config, asked):
    answers = iter([False] * asked)
    networks = Networks()
    networks.prepare([run_config], is_interrupted=lambda tracing: next(answers, True))
    assert networks._kept == []
    assert curve(run_config, networks) == curve(run_config, Networks())


@pytest.mark.parametrize("asked", [3, 6], ids=["before it is timed", "between two timed calls"])
def test_timing_that_was_interrupted_is_made_the_next_time(run_config, asked):
    told = []

    def is_interrupted(tracing):
        told.append(tracing)
        return len(told) > asked

    networks = Networks()
    assert networks.prepare([run_config], is_interrupted) == []
    # Whoever waits for this very network wants nothing but the network.
    assert told == [run_config] * 3 + [None] * (asked - 2)
    assert [network.key for network in networks._kept] == [key_of(run_config)]
    assert curve(run_config, networks) == curve(run_config, Networks())
    (timing,) = networks.prepare([run_config])
    assert timing is not None


def test_equal_runs_that_are_to_start_together_are_each_traced_ahead(run_config):
    networks = Networks()
    networks.prepare([run_config, changed(run_config, seed=9)])
    first, second = networks.take(run_config), networks.take(run_config)
    assert first is not second
    assert networks.num_made == 2


def test_runs_that_take_turns_have_the_curves_that_they_have_alone(run_config):
    configs = [run_config, changed(run_config, seed=6)]
    events = [[], []]
    networks = Networks()
    waiting = [
        Training(config, into.append, networks=networks).moves()
        for config, into in zip(configs, events, strict=True)
    ]
    while waiting:
        waiting = [moves for moves in waiting if next(moves, "ended") != "ended"]
    for config, told in zip(configs, events, strict=True):
        losses = [event["loss"] for event in told if event["event"] == "metrics"]
        assert losses == [point[2] for point in curve(config, Networks())]


def test_only_the_networks_that_were_used_last_are_kept(run_config):
    networks = Networks(most=2)
    configs = [changed(run_config, weight_decay=decay) for decay in (0.0, 0.1, 0.2)]
    for config in configs:
        networks.give_back(networks.take(config))
    assert [network.key for network in networks._kept] == [key_of(config) for config in configs[1:]]


def test_what_is_not_traced_does_not_matter_for_the_key(run_config):
    same = {"seed": 1, "epochs": 9, "learning_rate": 0.5, "batch_size": 8, "num_train": 500}
    assert key_of(changed(run_config, **same)) == key_of(run_config)
    other = run_config.replace(network=run_config.network.replace(units=9))
    assert key_of(other) != key_of(run_config)
    assert key_of(changed(run_config, precision="mixed_bfloat16")) != key_of(run_config)


def test_clock_of_a_run_stands_still_while_others_have_their_turn(run_config):
    training = Training(run_config, lambda event: None)
    moves = training.moves()
    next(moves)
    for _ in range(3):
        next(moves)
        before = training.seconds
        np.linalg.svd(np.random.default_rng(0).normal(size=(200, 200)))
        assert training.seconds == before
