// JSON (RFC 8259) into values. Objects become records without a type whose fields are sorted by name, so that
// equal objects are equal values; integers of up to 64 bits stay exact.
#pragma once

#include <heddle/linearizability/value.hpp>
#include <heddle/recorded/text_source.hpp>

namespace heddle::recorded {

/// Takes one JSON value that lies on one line. Throws history_error.
value take_json(text_source& in, int depth = 0);
/// Takes a string: the next character must be its quotation mark.
std::string take_json_string(text_source& in);
/// Takes blanks and tabs (and carriage returns), but no end of line.
void skip_json_blanks(text_source& in);

/// The value that a whole text of JSON stands for. Throws history_error, `name` standing for the text.
value parse_json(const std::string& text, const std::string& name);

/// A record without a type, its fields sorted by name. Throws history_error at `at` if a name comes twice.
value map_value(const text_source& in, text_position at, std::vector<std::pair<std::string, value>> fields);

/// A number's spelling as a value: integer, natural or real; fails at `at` if it is none or does not fit.
value number_value(const text_source& in, text_position at, std::string_view spelling);

}  // namespace heddle::recorded
