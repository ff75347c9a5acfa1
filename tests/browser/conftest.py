"""One JupyterLab and one Chromium for the tests of this folder."""

import pytest

from . import catalogue, driver


@pytest.fixture(scope="session")
def lab():
    with driver.jupyterlab({catalogue.PATH: catalogue.notebook()}) as lab:
        yield lab


@pytest.fixture(scope="session")
def context():
    with driver.browser() as context:
        yield context
