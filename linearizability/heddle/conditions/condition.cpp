#include <algorithm>

#include <heddle/conditions/condition.hpp>

namespace heddle {

namespace {

struct words {
  const char* name;
  const char* satisfied;
  const char* meaning;
};

const words& words_of(condition c) {
  static constexpr words all[condition_count] = {
      {"linearizability", "linearizable",
       "each operation takes effect at one moment between its call and its return"},
      {"sequential consistency", "sequentially consistent",
       "one order of all operations, which keeps that of each process but not real time"},
      {"quiescent consistency", "quiescently consistent",
       "operations may change places, but not across a moment at which none was open"},
      {"causal memory", "causal-memory consistent",
       "each process sees what it sees depend on, and keeps to one order of all writes"},
      {"causal convergence", "causally convergent",
       "each process sees what it sees depend on, and all agree on one order of the writes"},
      {"causal consistency", "causally consistent", "each process sees what it sees depend on"},
      {"read your writes", "read-your-writes consistent", "a process sees its own earlier writes"},
      {"monotonic reads", "monotonic-read consistent", "a process goes on seeing what it has seen"},
      {"monotonic writes", "monotonic-write consistent",
       "who sees a write sees what its process wrote before"},
      {"writes follow reads", "writes-follow-reads consistent",
       "who sees a write sees what its process had read before"},
  };
  return all[static_cast<std::size_t>(c)];
}

}  // namespace

std::string name(condition c) {
  return words_of(c).name;
}

std::string satisfied(condition c) {
  return words_of(c).satisfied;
}

std::string meaning(condition c) {
  return words_of(c).meaning;
}

bool is_of_registers(condition c) {
  return c >= condition::causal_memory;
}

std::string hyphenated(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string negated(std::string_view satisfied) {
  std::string text = "NOT " + std::string(satisfied);
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return text;
}

std::optional<condition> condition_named(std::string_view hyphenated_name) {
  for (std::size_t i = 0; i < condition_count; ++i) {
    const auto c = static_cast<condition>(i);
    if (hyphenated(name(c)) == hyphenated_name) return c;
  }
  return std::nullopt;
}

}  // namespace heddle
