//! The texts of notifications for players who are away.

use crate::words::texts;

texts! {
    notify_when_overtaken = "Tell me when I’m overtaken";
    notifications_on = "You will get a notification when others overtake you here, at most once an hour.";
    notifications_blocked = "Your browser blocks notifications of this site. Allow them in its settings.";
    notifications_unsupported = "This browser can’t show notifications of this site.";
    notifications_failed = "Notifications could not be turned on. Try again later.";
    stop_notifications = "Stop";
    other_push_key = "It has another key for notifications, but a browser accepts one key only. Give all nodes the same key.";
}
