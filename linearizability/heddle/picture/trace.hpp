// The picture as a Chrome trace, for ui.perfetto.dev or chrome://tracing.
//
// Source: Trace Event Format (Google, 2016): complete events (X) on one thread per lane, instant events (i),
// names of threads (M). One position on the diagram's axis is a millisecond.
#pragma once

#include <ostream>

#include <heddle/picture/diagram.hpp>

namespace heddle::picture {

/// The same diagram gives the same bytes. Slices of one thread have to nest: a bar without a response ends
/// where the next one in its lane begins. The order that was chosen is a thread of its own.
void write_trace(std::ostream& out, const diagram& d);

}  // namespace heddle::picture
