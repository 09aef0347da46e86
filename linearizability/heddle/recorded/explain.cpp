// The words for a verdict.
#include <algorithm>

#include <heddle/recorded/judgement.hpp>

namespace heddle::recorded {

namespace {

constexpr std::size_t operations_max = 12;

/// Where a history that was not read from a text has an event: its position.
std::string place_text(const text_position& at, std::uint32_t position) {
  return at.line == 0 ? "event " + std::to_string(position) : "line " + std::to_string(at.line);
}

std::string call_text(const entry& e) {
  return place_text(e.call, e.invoked);
}

std::string completion_text(const entry& e) {
  return place_text(e.completion, e.returned);
}

std::string joined(const std::vector<value>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : " or ") + to_text(values[i]);
  return text;
}

/// Characters of a text in UTF-8.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t present = width_of(text);
  if (present < width) text.append(width - present, ' ');
  return text;
}

/// "line 12  process 3  write 2"
std::string located(const history& h, const entry& e) {
  return padded(e.returned == never ? call_text(e) : completion_text(e), 12) +
         padded("process " + to_text(h.at(e.process)), 14) + to_text(h, e);
}

std::string explain_culprit(const history& h, const explanation& why) {
  const entry& e = h.entries()[why.culprit];
  std::string text = "  " + completion_text(e) + ": process " + to_text(h.at(e.process)) + ": " +
                     to_text(h, e) + " (called in " + call_text(e) + ") has no place in any order\n";
  if (why.prefix_length == 0) {
    text += "  nothing else need have happened before; the state at first: " + to_text(why.state) + '\n';
  } else {
    text += "  without it, what had returned by then has an order of " + std::to_string(why.prefix_length) +
            (why.prefix_length == 1 ? " operation" : " operations") + "; it ends with\n";
    std::vector<std::string> rows;
    for (const placed_operation& p : why.prefix_end) rows.push_back(located(h, h.entries()[p.entry]));
    std::size_t width = 0;
    for (const std::string& row : rows) width = std::max(width, width_of(row));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      text += "    " + padded(rows[i], width) + "   then: " + to_text(why.prefix_end[i].state) + '\n';
    }
  }
  const std::string elsewhere = why.fits_before_others ? "; where it fits, what follows does not" : "";
  if (!why.answers.empty()) {
    text += "  in that order " + h.function(e) + " would answer " + joined(why.answers) + elsewhere + '\n';
  } else {
    text += "  after that order, " + to_text(h, e) + " is not possible" + elsewhere + '\n';
  }
  return text;
}

std::string explain_sentence(const history& h, const explanation& why) {
  std::string text = "  " + why.sentence + '\n';
  for (std::size_t i = 0; i < std::min(operations_max, why.operations.size()); ++i) {
    const entry& e = h.entries()[why.operations[i]];
    text +=
        "    " + located(h, e) + (e.returned == never ? "" : "   (called in " + call_text(e) + ')') + '\n';
  }
  if (why.operations.size() > operations_max) {
    text += "    and " + std::to_string(why.operations.size() - operations_max) + " more\n";
  }
  return text;
}

}  // namespace

std::string to_text(const history& h, const judgement& j) {
  using linearizability::outcome;
  if (j.result == outcome::linearizable) return "";
  if (j.result == outcome::unknown) {
    return "  gave up (" + j.gave_up + ") after " + std::to_string(j.steps) +
           " steps; the longest order tried holds " + std::to_string(j.placed) + " of " +
           std::to_string(j.judged) + " operations\n";
  }
  if (!j.why) return "  no order explains it; the operation where it fails was not found in time\n";
  return j.why->sentence.empty() ? explain_culprit(h, *j.why) : explain_sentence(h, *j.why);
}

}  // namespace heddle::recorded
