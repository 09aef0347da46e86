// The page's own text: the files of page/, embedded when Heddle is built.
#pragma once

#include <string_view>

namespace heddle::picture {

extern const std::string_view page_html;
extern const std::string_view page_css;
extern const std::string_view page_js;

}  // namespace heddle::picture
