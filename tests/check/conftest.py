from __future__ import annotations

import pytest

from hub.state.memory import MemoryTurnDriver
from streams.check import config
from streams.check.core import CheckCore
from streams.check.render.build import Library
from streams.check.render.words import catalogue
from tests.check.people import NOW, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(scope="session")
def packs() -> config.Config:
    return config.load()


@pytest.fixture
def library(packs: config.Config, world: World) -> Library:
    return Library(packs, catalogue(), world.sealer)


@pytest.fixture
def driver(world: World, packs: config.Config) -> MemoryTurnDriver:
    driver = MemoryTurnDriver(CheckCore(packs, world.sealer))
    driver.tick(NOW)
    return driver
