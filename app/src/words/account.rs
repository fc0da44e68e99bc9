//! The texts of the account page.

use super::texts;

texts! {
    what_an_account_gives_a_guest(name) = "You play as {name}, known to this browser alone. An account keeps your ranks, and you can sign in anywhere.";
    what_an_account_gives = "An account keeps your ranks, and you can sign in anywhere. No e-mail is needed.";
    your_account = "Your account";
    sign_up = "Sign up";
    name_on_boards = "Name on boards";
    handle_to_sign_in_by = "Handle, to sign in by";
    password_of_ten = "Password, at least 10 characters";
    guest_stays_with_guest = "What this browser's guest has reached stays with the guest.";
    handle = "Handle";
    password = "Password";
    provider_refused = "Signing in that way did not work. Try again, or sign in by handle and password.";
    sign_in_with(name) = "Sign in with {name}";
    you_are_signed_in = "You are signed in";
    sign_out = "Sign out";
    sign_out_everywhere = "Sign out everywhere";
    change_your_password = "Change your password";
    other_browsers_are_signed_out = "Other browsers are signed out.";
    current_password = "Current password";
    new_password_of_ten = "New password, at least 10 characters";
    your_name = "Your name";
    your_data = "Your data";
    download_all_of_it = "Download all of it";
    erase_me = "Erase me";
    what_erasing_does = "Your account, your name and every score of yours are removed from all boards. This cannot be undone.";
    your_password = "Your password";
    erase_my_account = "Erase my account";
    your_scores = "Your scores";
    no_scores_yet = "Nothing yet. Play on a board.";
    counts = "counts";
    held_for_review = "held for review";
    does_not_count = "does not count";
}
