//! The texts of the account page.

use crate::words::texts;

texts! {
    account_benefits_for_guest(name) = "You play as {name}, in this browser only. Sign up to keep your ranks and to sign in on any device.";
    account_benefits = "An account keeps your ranks and lets you sign in on any device. No email needed.";
    your_account = "Your account";
    sign_up = "Sign up";
    display_name = "Display name";
    handle_for_sign_in = "Handle (to sign in)";
    password_of_ten = "Password (at least 10 characters)";
    guest_scores_stay = "Signing in won’t move this guest’s scores. Sign up to keep them.";
    handle = "Handle";
    password = "Password";
    provider_refused = "That sign-in didn’t work. Try again, or use your handle and password.";
    sign_in_with(name) = "Sign in with {name}";
    you_are_signed_in = "You are signed in";
    sign_out = "Sign out";
    sign_out_everywhere = "Sign out everywhere";
    change_your_password = "Change your password";
    signs_out_other_devices = "This signs you out on all other devices.";
    current_password = "Current password";
    new_password_of_ten = "New password (at least 10 characters)";
    your_name = "Your name";
    your_data = "Your data";
    download_your_data = "Download your data";
    delete_account = "Delete account";
    delete_account_warning = "This deletes your account, your name and all your scores on every board. It can’t be undone.";
    your_password = "Your password";
    delete_my_account = "Delete my account";
    you_are_banned = "A moderator has banned you. Your scores are not ranked, and new ones are not accepted.";
    your_scores_are_held = "A moderator is reviewing some of your scores. They are not ranked until a moderator accepts them.";
    your_scores = "Your scores";
    no_scores_of_yours = "No scores yet. Open a board and submit one.";
    counts = "counts";
    held_for_review = "held for review";
    does_not_count = "does not count";
}
