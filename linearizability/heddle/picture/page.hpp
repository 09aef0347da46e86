// The picture as a web page: one file with its style, its script and its data, that loads nothing.
#pragma once

#include <ostream>

#include <heddle/picture/diagram.hpp>

namespace heddle::picture {

/// The same diagram gives the same bytes. The page stays smooth with tens of thousands of bars; O(size).
void write_html(std::ostream& out, const diagram& d);

}  // namespace heddle::picture
