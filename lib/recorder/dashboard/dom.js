// @ts-check
// Short ways to make elements. Text from outside only ever goes through `textContent`.
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * Makes an element. Attributes that are undefined are left out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Readonly<Record<string, string | undefined>>} [attributes]
 * @param {readonly (Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/**
 * Sets an element's text where it differs, so that nothing is thrown away for nothing.
 * @param {Element} element @param {string} text
 */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Element} element @param {string} name @param {string} value */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element '${id}'`);
  return element;
}

/**
 * @param {string} tag @param {Readonly<Record<string, string>>} attributes @param {Node[]} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/**
 * Runs `act` at most once a frame, however often it is called.
 * @param {() => void} act @returns {() => void}
 */
export function oncePerFrame(act) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      act();
    });
  };
}
