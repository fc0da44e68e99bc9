// The contrast of colours on a page.
import type { Locator, Page } from '@playwright/test';

/** A CSS property of an element. */
type Paint = [element: Locator, property: string];

/** The contrast of two colours of a page, by WCAG 2. */
export async function contrast(page: Page, first: Paint, second: Paint): Promise<number> {
  const value = ([element, property]: Paint) =>
    element.evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), property);
  const luminance = (color: string) => page.evaluate((color) => {
    const canvas = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D;
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const linear = (byte: number) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
    const [red = 0, green = 0, blue = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  }, color);
  const [a, b] = [await luminance(await value(first)), await luminance(await value(second))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
