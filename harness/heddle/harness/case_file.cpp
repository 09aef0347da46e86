#include <cctype>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/shrinkable/Create.h>

#include <heddle/harness/case_file.hpp>

namespace heddle::harness {
namespace {

using json = nlohmann::ordered_json;

// A case file may come from anywhere: what it asks for is bounded.
constexpr std::size_t choices_max = 10'000'000;
constexpr int nesting_max = 100;  // of lists and records

// --- Values

json to_json(const value& v) {
  using kind = value::kind;
  switch (v.what()) {
    case kind::null:
      return nullptr;
    case kind::boolean:
      return v.as_boolean();
    case kind::integer:
      return v.as_integer();
    case kind::natural:
      return v.as_natural();
    case kind::real:
      return v.as_real();
    case kind::text:
      return v.as_text();
    case kind::symbol:
      return v.as_symbol();
    case kind::list: {
      json items = json::array();
      for (const value& item : v.items()) items.push_back(to_json(item));
      return items;
    }
    case kind::record:
      break;
  }
  json fields = json::array();
  for (const value& field : v.items()) fields.push_back(to_json(field));
  return {{"record", v.type()}, {"fields", fields}};
}

value from_json(const json& j) {
  if (j.is_null()) return {};
  if (j.is_boolean()) return value::boolean(j.get<bool>());
  if (j.is_number_unsigned()) return value::natural(j.get<std::uint64_t>());
  if (j.is_number_integer()) return value::integer(j.get<std::int64_t>());
  if (j.is_number()) return value::real(j.get<double>());
  if (j.is_string()) return value::text(j.get<std::string>());
  std::vector<value> items;
  for (const json& item : j.is_array() ? j : j.at("fields")) items.push_back(from_json(item));
  return j.is_array() ? value::list(std::move(items)) : value::record(j.at("record"), std::move(items));
}

// --- Programs

json calls_to_json(const contract_definition& contract, const std::vector<call>& calls) {
  json list = json::array();
  for (const call& c : calls) {
    const operation& o = *contract.operations[c.operation];
    json arguments = json::array();
    for (const value& v : o.describe_arguments(c.with.value())) arguments.push_back(to_json(v));
    list.push_back({{"call", o.name()}, {"arguments", arguments}});
  }
  return list;
}

// Runs of equal choices: [[1, 12], [2, 3]] is twelve times 1, then three times 2.
json schedule_to_json(const schedule& made) {
  json runs = json::array();
  for (std::size_t i = 0; i < made.size();) {
    std::size_t end = i;
    while (end < made.size() && made[end] == made[i]) ++end;
    runs.push_back({made[i], end - i});
    i = end;
  }
  return runs;
}

schedule schedule_from_json(const json& runs) {
  schedule made;
  for (const json& run : runs) {
    const auto choice = run.at(0).get<std::uint64_t>();
    const auto times = run.at(1).get<std::uint64_t>();
    if (choice > 255 || times > choices_max - made.size())
      throw value_error("schedule", fmt::format("choices up to 255, at most {} of them", choices_max),
                        run.dump());
    made.insert(made.end(), times, static_cast<std::uint8_t>(choice));
  }
  return made;
}

class case_reader {
 public:
  case_reader(const contract_definition& contract, const case_text& c, const json& root)
      : contract_(contract), name_(c.name), root_(root) {}

  counterexample read() {
    counterexample c{
        program{configuration(), calls(root_.at("prefix"), "prefix"), {}, {}}, {}, {}, {}, {}, 0};
    for (const json& process : root_.at("processes")) c.what.processes.push_back(calls(process, "processes"));
    for (const json& step : root_.at("clock"))
      c.what.clock.push_back(rc::shrinkable::just(time_step{step.at("by_ns"), step.at("wall_clock_only")}));
    c.how = schedule_from_json(root_.at("schedule"));
    const json& run = root_.at("run");
    c.run.max_steps = run.at("max_steps");
    c.run.detect_races = run.at("detect_races");
    c.run.plain_accesses = run.at("plain_accesses");
    c.run.random_seed = run.at("random_seed");
    const std::string failure = root_.at("failure");
    c.why.kind = failure_kind_named(failure);
    if (c.why.kind == failure_kind::none) misfit(fmt::format("there is no failure called \"{}\"", failure));
    c.strategy = root_.at("strategy");
    c.schedule_number = root_.at("schedule_number");
    return c;
  }

 private:
  [[noreturn]] void misfit(const std::string& what) const {
    throw case_error(fmt::format(
        "{}: this case does not fit the contract \"{}\" any more: {}. Explore again for a new one.", name_,
        contract_.name, what));
  }

  rc::Shrinkable<arguments> configuration() const {
    try {
      return rc::shrinkable::just(contract_.parse_configuration(from_json(root_.at("configuration"))));
    } catch (const value_error& e) {
      misfit(fmt::format("its configuration: {}", e.what()));
    }
  }

  std::uint16_t operation_named(const std::string& name) const {
    for (std::size_t i = 0; i < contract_.operations.size(); ++i)
      if (contract_.operations[i]->name() == name) return static_cast<std::uint16_t>(i);
    misfit(fmt::format("there is no operation \"{}\"", name));
  }

  std::vector<call> calls(const json& list, const char* where) const {
    std::vector<call> result;
    for (const json& c : list) {
      const std::string name = c.at("call");
      const std::uint16_t index = operation_named(name);
      std::vector<value> with;
      for (const json& argument : c.at("arguments")) with.push_back(from_json(argument));
      try {
        result.push_back(fixed_call(index, contract_.operations[index]->parse_arguments(with)));
      } catch (const value_error& e) {
        misfit(fmt::format("call {} of {}, {}: {}", result.size() + 1, where, name, e.what()));
      }
    }
    return result;
  }

  const contract_definition& contract_;
  const std::string& name_;
  const json& root_;
};

// Line and column of a byte offset, for messages.
std::string place_of(const std::string& text, std::size_t byte) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i + 1 < byte && i < text.size(); ++i) {
    ++column;
    if (text[i] == '\n') ++line, column = 1;
  }
  return fmt::format("{}:{}", line, column);
}

json parse_root(const case_text& c) {
  // What is nested too deep must not even be built: copying and reading it would overflow the stack.
  const auto bound_nesting = [&](int depth, json::parse_event_t, const json&) {
    if (depth <= nesting_max) return true;
    throw case_error(fmt::format("{}: expected lists and records nested at most {} deep, found more", c.name,
                                 nesting_max));
  };
  json root;
  try {
    root = json::parse(c.text, bound_nesting);
  } catch (const json::parse_error& e) {
    throw case_error(fmt::format("{}:{}: expected a Heddle case in JSON", c.name, place_of(c.text, e.byte)));
  }
  if (!root.is_object() || !root.contains("format") || root["format"] != "heddle-case")
    throw case_error(fmt::format("{}: expected \"format\": \"heddle-case\": this is no case file", c.name));
  if (!root.contains("version") || root["version"] != case_format_version)
    throw case_error(fmt::format("{}: the case has format version {}, this Heddle reads version {}", c.name,
                                 root.contains("version") ? root["version"].dump() : "none",
                                 case_format_version));
  return root;
}

// Missing or mistyped members of a well-formed JSON text.
template <class Read>
auto reading(const case_text& c, Read read) {
  try {
    return read();
  } catch (const json::exception& e) {
    throw case_error(fmt::format("{}: not a complete case: {}", c.name, e.what()));
  } catch (const value_error& e) {
    throw case_error(fmt::format("{}: not a case: {}", c.name, e.what()));
  }
}

}  // namespace

std::string to_case_text(const contract_definition& contract, const counterexample& c,
                         const case_origin& origin) {
  json processes = json::array();
  for (const auto& process : c.what.processes) processes.push_back(calls_to_json(contract, process));
  json clock = json::array();
  for (const auto& step : c.what.clock)
    clock.push_back({{"by_ns", step.value().by_ns}, {"wall_clock_only", step.value().wall_clock_only}});
  const json root = {
      {"format", "heddle-case"},
      {"version", case_format_version},
      {"target", origin.target},
      {"failure", describe(c.why.kind)},
      {"seed", origin.seed},
      {"strategy", c.strategy},
      {"schedule_number", c.schedule_number},
      {"configuration", to_json(contract.describe_configuration(c.what.configuration.value()))},
      {"prefix", calls_to_json(contract, c.what.prefix)},
      {"processes", processes},
      {"clock", clock},
      {"run",
       {{"max_steps", c.run.max_steps},
        {"detect_races", c.run.detect_races},
        {"plain_accesses", c.run.plain_accesses},
        {"random_seed", c.run.random_seed}}},
      {"schedule", schedule_to_json(c.how)},
  };
  return root.dump(1) + "\n";
}

std::string case_file_name(const std::string& target, std::uint64_t seed) {
  std::string name = fmt::format("{}-{:x}.heddle", target, seed);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_') c = '-';
  return name;
}

bool write_case(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  out.close();
  return !out.fail();
}

case_text read_case(const std::filesystem::path& file) {
  const std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || text.str().empty())
    throw case_error(fmt::format("{}: cannot be read, or is empty", file.string()));
  return {file.string(), text.str()};
}

case_origin origin_of(const case_text& c) {
  const json root = parse_root(c);
  return reading(c, [&] { return case_origin{root.at("target"), root.at("seed")}; });
}

counterexample parse_case(const contract_definition& contract, const case_text& c) {
  const json root = parse_root(c);
  return reading(c, [&] { return case_reader(contract, c, root).read(); });
}

}  // namespace heddle::harness
