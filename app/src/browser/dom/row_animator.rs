//! Animates rows of the list with the Web Animations API, which is unstable in `web_sys`.
//!
//! Both animations run in the compositor: the move animates `translate`, which is added to the
//! row's position, and the flash is an element behind the row's text.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::Element;

use crate::core::decimal::row_heights;
use crate::core::list::row_animation::{EASING, MOVE_MILLIS, RowMove};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = Element)]
    type Animated;

    #[wasm_bindgen(method)]
    fn animate(this: &Animated, keyframes: &Keyframes, options: &Timing) -> Animation;

    /// A running or finished animation.
    type Animation;

    #[wasm_bindgen(method)]
    fn cancel(this: &Animation);

    #[wasm_bindgen(extends = js_sys::Object)]
    type Keyframes;

    #[wasm_bindgen(method, setter)]
    fn set_translate(this: &Keyframes, values: js_sys::Array);

    #[wasm_bindgen(method, setter)]
    fn set_opacity(this: &Keyframes, values: js_sys::Array);

    #[wasm_bindgen(extends = js_sys::Object)]
    type Timing;

    #[wasm_bindgen(method, setter)]
    fn set_duration(this: &Timing, millis: f64);

    #[wasm_bindgen(method, setter)]
    fn set_easing(this: &Timing, easing: &str);

    #[wasm_bindgen(method, setter, js_name = pseudoElement)]
    fn set_pseudo_element(this: &Timing, selector: &str);
}

/// The attribute of a row that has flashed. With it, the style sheet adds the flashing element.
const FLASHED: &str = "data-lit";

/// The attribute of a row that has overtaken another. Its values alternate, so that each overtaking
/// starts the animation of the style sheet.
const OVERTOOK: &str = "data-overtook";

/// The animations of one row.
#[derive(Default)]
pub struct RowAnimator {
    row_move: Option<RowMove>,
    /// Whether the number of overtakings is odd.
    has_odd_overtakings: bool,
    running: Vec<Animation>,
}

impl RowAnimator {
    /// Moves the row from one place to another, both counted from 0. `now` is in milliseconds.
    pub fn slide(&mut self, row: &Element, from: u64, to: u64, now: f64) {
        let row_move = RowMove::new(from, to, now, self.row_move);
        self.row_move = Some(row_move);
        let keyframes = new_object::<Keyframes>();
        keyframes.set_translate(pair(&format!("0 {}", row_heights(row_move.from)), "0 0"));
        self.play(row, &keyframes, &timing(MOVE_MILLIS));
        if to < from {
            self.has_odd_overtakings = !self.has_odd_overtakings;
            let value = if self.has_odd_overtakings {
                "once"
            } else {
                "again"
            };
            // Fails only for a malformed name.
            let _ = row.set_attribute(OVERTOOK, value);
        }
    }

    /// Flashes the background of the row, because its score has changed.
    pub fn flash(&mut self, row: &Element) {
        // Fails only for a malformed name.
        let _ = row.set_attribute(FLASHED, "");
        let keyframes = new_object::<Keyframes>();
        keyframes.set_opacity(pair("1", "0"));
        let timing = timing(3.0 * MOVE_MILLIS);
        timing.set_pseudo_element("::after");
        self.play(row, &keyframes, &timing);
    }

    /// Cancels all animations, because the element shows another row now.
    pub fn reset(&mut self, row: Option<&Element>) {
        self.row_move = None;
        if self.running.is_empty() {
            return;
        }
        for animation in self.running.drain(..) {
            animation.cancel();
        }
        if let Some(row) = row {
            // Fails only for a malformed name.
            let _ = row.remove_attribute(FLASHED);
            let _ = row.remove_attribute(OVERTOOK);
        }
    }

    fn play(&mut self, row: &Element, keyframes: &Keyframes, timing: &Timing) {
        // Keep only the last two animations to cancel: older ones have ended or are overridden.
        if self.running.len() > 1 {
            self.running.remove(0);
        }
        let row: &Animated = row.unchecked_ref();
        self.running.push(row.animate(keyframes, timing));
    }
}

/// Moves all rows of a list to their positions, from a distance in pixels; negative if from above.
pub fn glide(rows: &Element, distance: f64) {
    let keyframes = new_object::<Keyframes>();
    keyframes.set_translate(pair(&format!("0 {}", row_heights(distance)), "0 0"));
    let rows: &Animated = rows.unchecked_ref();
    rows.animate(&keyframes, &timing(MOVE_MILLIS));
}

/// Moves an element to its column from another one. The columns are counted from 0, and equally wide.
pub fn slide_columns(element: &Element, from: usize, to: usize) {
    let sign = if from < to { "-" } else { "" };
    let keyframes = new_object::<Keyframes>();
    keyframes.set_translate(pair(
        &format!("{sign}{}% 0", 100 * from.abs_diff(to)),
        "0 0",
    ));
    let element: &Animated = element.unchecked_ref();
    element.animate(&keyframes, &timing(MOVE_MILLIS));
}

/// Fades a new element in.
pub fn fade_in(element: &Element) {
    let keyframes = new_object::<Keyframes>();
    keyframes.set_opacity(pair("0", "1"));
    let element: &Animated = element.unchecked_ref();
    element.animate(&keyframes, &timing(MOVE_MILLIS));
}

fn new_object<T: JsCast>() -> T {
    js_sys::Object::new().unchecked_into()
}

fn pair(from: &str, to: &str) -> js_sys::Array {
    js_sys::Array::of2(&from.into(), &to.into())
}

fn timing(millis: f64) -> Timing {
    let timing = new_object::<Timing>();
    timing.set_duration(millis);
    timing.set_easing(EASING);
    timing
}
