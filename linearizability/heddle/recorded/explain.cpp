// The words for a verdict.
#include <algorithm>
#include <map>

#include <heddle/recorded/judgement.hpp>
#include <heddle/recorded/transactions.hpp>

namespace heddle::recorded {

namespace {

constexpr std::size_t operations_max = 12;
constexpr std::size_t anomalies_max = 10;

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
  return padded(place_of(e), 12) + padded("process " + to_text(h.at(e.process)), 14) + to_text(h, e);
}

/// Which orders might have had a place for it.
std::string any_order(condition asked) {
  if (asked == condition::sequential_consistency) return "any order that keeps those of the processes";
  if (asked == condition::quiescent_consistency)
    return "any order, though operations may change places until none is open";
  return "any order";
}

std::string explain_culprit(const history& h, const explanation& why, condition asked) {
  const entry& e = h.entries()[why.culprit];
  std::string text = "  " + place_of(e) + ": process " + to_text(h.at(e.process)) + ": " + to_text(h, e) +
                     " (called in " + place_of_call(e) + ") has no place in " + any_order(asked) + '\n';
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

std::string listed(const history& h, const std::vector<std::uint32_t>& operations) {
  std::string text;
  for (std::size_t i = 0; i < std::min(operations_max, operations.size()); ++i) {
    const entry& e = h.entries()[operations[i]];
    text += "    " + located(h, e) + (e.returned == never ? "" : "   (called in " + place_of_call(e) + ')') +
            '\n';
  }
  if (operations.size() > operations_max) {
    text += "    and " + std::to_string(operations.size() - operations_max) + " more\n";
  }
  return text;
}

// --- Transactions

std::string levels_text(const isolation::findings& found) {
  std::string text;
  for (const isolation::level l : found.strongest()) text += (text.empty() ? "" : ", ") + name(l);
  return text.empty() ? "not even read committed" : text;
}

std::string in_words(const isolation::edge& e, const isolation::naming& names) {
  const std::string from = names.transaction(e.from);
  const std::string to = names.transaction(e.to);
  const std::string key = e.key ? names.key(*e.key) : "";
  switch (e.what) {
    case isolation::dependency::ww:
      return to + " wrote to key " + key + " after " + from + " had";
    case isolation::dependency::wr:
      return to + " read what " + from + " wrote to key " + key;
    case isolation::dependency::rw:
      return from + " read key " + key + " without what " + to + " wrote to it";
    case isolation::dependency::session:
      return to + " came after " + from + " in the same process";
    default:
      return from + " had returned before " + to + " was called";
  }
}

std::string explain_anomaly(const history& h, const isolation::anomaly& a) {
  const isolation::naming names = names_in(h);
  std::string text = "  " + isolation::to_text(a, names) + '\n';
  if (a.detail.empty()) {
    for (const isolation::edge& e : a.cycle) text += "    " + in_words(e, names) + '\n';
  }
  return text + listed(h, participants(a));
}

/// Those that rule out what was asked for first; the others tell why nothing stronger holds.
std::string explain_isolation(const history& h, const isolation_verdict& v) {
  std::string text = "  holds: " + levels_text(v.found) + '\n';
  std::vector<const isolation::anomaly*> all;
  for (const isolation::anomaly& a : v.found.anomalies()) all.push_back(&a);
  const auto others =
      std::stable_partition(all.begin(), all.end(), [&](const auto* a) { return rules_out(*a, v.asked); });
  const auto first_other = static_cast<std::size_t>(others - all.begin());
  std::map<std::string, std::uint64_t> more;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == first_other && i < anomalies_max)
      text += "  " + name(v.asked) + " allows, but stronger levels do not:\n";
    if (i < anomalies_max) text += explain_anomaly(h, *all[i]);
    if (i >= anomalies_max) ++more[name(*all[i]) + " (" + all[i]->plain + ')'];
  }
  for (const auto& [what, count] : more) text += "  and " + std::to_string(count) + " more of " + what + '\n';
  if (!v.found.complete()) text += "  the search for anomalies was cut off: there may be more\n";
  return text;
}

}  // namespace

std::string to_text(const history& h, const judgement& j) {
  using linearizability::outcome;
  if (j.isolation) return explain_isolation(h, *j.isolation);
  if (j.result == outcome::linearizable) return "";
  if (j.result == outcome::unknown && is_of_registers(j.asked)) return "  gave up: " + j.gave_up + '\n';
  if (j.result == outcome::unknown) {
    return "  gave up (" + j.gave_up + ") after " + std::to_string(j.steps) +
           " steps; the longest order tried holds " + std::to_string(j.placed) + " of " +
           std::to_string(j.judged) + " operations\n";
  }
  if (!j.why) return "  no order explains it; the operation where it fails was not found in time\n";
  if (j.why->sentence.empty()) return explain_culprit(h, *j.why, j.asked);
  return "  " + j.why->sentence + '\n' + listed(h, j.why->operations);
}

}  // namespace heddle::recorded
