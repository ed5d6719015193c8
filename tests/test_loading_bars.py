import threading

import transformers

from mollia.encode.torch_encoder import TorchEncoder
from mollia.loading_bars import no_loading_bars


def state():
    logging = transformers.logging
    return logging.is_progress_bar_enabled(), logging.get_verbosity()


def test_what_was_set_before_is_put_back_by_the_last_thread_that_leaves():
    before = state()
    entered, leave = threading.Event(), threading.Event()

    def other():
        with no_loading_bars("A test"):
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    entered.wait(10)
    with no_loading_bars("A test"):
        assert state()[0] is False
    assert state()[0] is False, "the other thread is still inside"
    leave.set()
    thread.join()
    assert state() == before


def test_bars_that_were_off_stay_off():
    transformers.logging.disable_progress_bar()
    try:
        with no_loading_bars("A test"):
            pass
        assert state()[0] is False
    finally:
        transformers.logging.enable_progress_bar()


def test_an_encoder_is_loaded_and_stored_without_bars(minilm_weights, tmp_path, capfd):
    encoder = TorchEncoder(str(minilm_weights))
    encoder.encode(["a text"])
    encoder.save(tmp_path)
    assert capfd.readouterr().err == ""
