//! What a template may cost, and why.

/// The longest template, in bytes: AWS's quota "Size of mapping templates", 300 KB.
pub(super) const TEMPLATE_BYTES: usize = 300 * 1024;

/// The iterations of one `#foreach`: AWS's quota. Velocity leaves out the rest without a fault.
pub(super) const ITERATIONS: usize = 1_000;

/// How deep a template may be nested: blocks, expressions, strings in strings. The parser and the
/// interpreter are recursive, and have the 2 MB stack of a worker thread.
pub(super) const TEMPLATE_DEPTH: usize = 50;

/// How deep blocks may be nested while they are rendered: more than the template is, since a block of
/// `#define` can render itself.
pub(super) const RENDER_DEPTH: usize = 100;

/// How deep a value may be nested that is rendered or compared. JSON is at most 127 deep, what serde_json
/// reads; a list that contains itself has no end.
pub(super) const VALUE_DEPTH: usize = 150;

/// The steps of one rendering: nodes, expressions, calls, items that are compared, and one for each 256 bytes that
/// are copied. Two nested loops over some hundred items fit in; it is a fraction of a second.
pub(super) const STEPS: usize = 1_000_000;

/// The bytes of all values that one rendering makes, whether they are still needed or not. The largest body (10 MB)
/// as a tree of small objects is about 20 times as large as its text.
pub(super) const VALUE_BYTES: usize = 256 * 1024 * 1024;

/// The longest text that a template may make: API Gateway's quota "Payload size", 10 MB.
pub(super) const OUTPUT_BYTES: usize = 10 * 1024 * 1024;

/// The longest list of a range `[a..b]`: more could not be gone through, but costs memory at once.
pub(super) const RANGE_ITEMS: u128 = 10_000;
