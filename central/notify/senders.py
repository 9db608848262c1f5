"""Which sender speaks for which kind of channel."""

from central.notify.channels import (
    DingtalkSettings,
    EmailSettings,
    MqttSettings,
    WebhookSettings,
    WecomSettings,
)
from central.notify.delivery import Senders
from central.notify.over_http import dingtalk, webhook, wecom
from central.notify.over_mqtt import mqtt
from central.notify.over_smtp import email

SENDERS: Senders = {
    WebhookSettings: webhook,
    EmailSettings: email,
    MqttSettings: mqtt,
    WecomSettings: wecom,
    DingtalkSettings: dingtalk,
}
"""A new kind of channel is a settings model and a line here."""
