// EDN (github.com/edn-format/edn), the notation of Clojure's data, into values:
//
//   nil, true, 3, 2.5, "text"   as they are; N and M after numbers are dropped
//   :keyword, symbol            symbol, without the colon
//   \c                          text
//   [1 2], (1 2)                list
//   #{2 1}                      list, sorted
//   {:a 1}                      record without a type, fields sorted by name; other keys than words by their
//                               text
//   #tag form                   the form: the tag says what it is, not what it holds
//   ; comment, #_ form          nothing
#pragma once

#include <heddle/linearizability/value.hpp>
#include <heddle/recorded/text_source.hpp>

namespace heddle::recorded {

/// Takes blanks, commas, comments and discarded forms.
void skip_edn_blanks(text_source& in, int depth = 0);
/// Takes one form. Throws history_error.
value take_edn(text_source& in, int depth = 0);
/// What a map's key is called: the word itself, or the text of anything else.
std::string edn_key_name(const value& key);

}  // namespace heddle::recorded
