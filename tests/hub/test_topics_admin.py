"""Topics by the catalogue: made once, compared, never changed."""

from __future__ import annotations

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from hub.kafka.admin import BrokerAway, Found, TopicsDiffer, admin, apply, compare, status
from hub.topics import CATALOGUE, topic


def test_made_once_then_left_alone(kafka, topic_prefix):
    with admin(kafka) as client:
        assert {s.state for s in status(client, topic_prefix, 2)} == {"missing"}
        assert len(apply(client, topic_prefix, 2)) == len(CATALOGUE)
        assert {s.state for s in status(client, topic_prefix, 2)} == {"ready"}
        assert apply(client, topic_prefix, 2) == []
        counts = {t["name"]: len(t["partitions"]) for t in client.describe_topics()}
        assert counts[f"{topic_prefix}.dead-letters.v1"] == 1
        assert counts[f"{topic_prefix}.records.v1"] == 2


def test_another_count_or_config_is_an_error_and_nothing_is_changed(kafka, topic_prefix):
    with admin(kafka) as client:
        apply(client, topic_prefix, 2, CATALOGUE[:2])
        with pytest.raises(TopicsDiffer, match=r"records\.v1 has 2 partitions instead of 3") as caught:
            apply(client, topic_prefix, 3)
        assert "HUB_PARTITIONS" in caught.value.remedy
        assert sum(name.startswith(topic_prefix) for name in client.list_topics()) == 2

        name = CATALOGUE[0].full_name(topic_prefix)
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs={"retention.ms": "1000"})])
        with pytest.raises(TopicsDiffer, match=r"retention.ms is 1000 instead of -1"):
            apply(client, topic_prefix, 2)


def test_a_topic_as_it_should_be_is_ready():
    records = topic("records")
    assert compare(records, "n", 4, Found(4, records.configs())).state == "ready"
    assert compare(records, "n", 4, None).state == "missing"


def test_no_broker_is_said_with_a_remedy():
    with pytest.raises(BrokerAway, match="No Kafka answers at"), admin("127.0.0.1:1"):
        pass
    assert BrokerAway.retriable
