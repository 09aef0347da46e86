#include "recorded_history.hpp"

#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>

#include <heddle/linearizability/model_space.hpp>

namespace heddle::test {

namespace {

using linearizability::action;
using linearizability::effect;
using linearizability::model_space;
using linearizability::obligation;
using linearizability::symbol_id;

/// One symbol for each distinct spelling of an operation.
template <class State>
class symbols {
 public:
  symbols(State initial, bool declare_observers)
      : space_(std::make_shared<model_space<State>>(std::move(initial))),
        declare_observers_(declare_observers) {}

  symbol_id observer(const std::string& name, std::function<bool(const State&)> fits) {
    const auto step = [fits](const State& from, std::vector<State>& to) {
      if (fits(from)) to.push_back(from);
    };
    return add(name, step, declare_observers_ ? effect::observes : effect::unknown);
  }

  symbol_id change(const std::string& name, std::function<std::optional<State>(const State&)> apply) {
    const auto step = [apply](const State& from, std::vector<State>& to) {
      if (auto next = apply(from)) to.push_back(std::move(*next));
    };
    return add(name, step, effect::unknown);
  }

  std::shared_ptr<model_space<State>> space() const { return space_; }

 private:
  symbol_id add(const std::string& name, typename model_space<State>::step step, effect known) {
    const auto [at, fresh] = known_.try_emplace(name, 0);
    if (fresh) at->second = space_->add_symbol(std::move(step), known);
    return at->second;
  }

  std::shared_ptr<model_space<State>> space_;
  bool declare_observers_;
  std::map<std::string, symbol_id> known_;
};

std::ifstream open(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return file;
}

using register_state = std::optional<int>;

symbol_id etcd_symbol(symbols<register_state>& known, const std::string& op, const std::string& value,
                      bool failed) {
  const std::string name = op + ' ' + value + (failed ? " failed" : "");
  if (op == ":read") {
    const register_state seen = value == "nil" ? register_state() : std::stoi(value);
    return known.observer(name, [seen](const register_state& s) { return s == seen; });
  }
  if (op == ":write") {
    const int written = std::stoi(value);
    return known.change(name,
                        [written](const register_state&) { return std::optional<register_state>(written); });
  }
  const int from = std::stoi(value.substr(1));
  const int to = std::stoi(value.substr(value.find(' ')));
  if (failed) return known.observer(name, [from](const register_state& s) { return s != from; });
  return known.change(name, [from, to](const register_state& s) {
    return s == from ? std::optional<register_state>(to) : std::nullopt;
  });
}

/// The text between `key` and `end`.
std::string field(const std::string& line, const std::string& key, char end) {
  const std::size_t start = line.find(key) + key.size();
  return line.substr(start, line.find(end, start) - start);
}

}  // namespace

recorded_history read_etcd(const std::string& path, bool declare_observers) {
  struct call {
    std::string op;
    std::string value;
    std::uint32_t invoked;
  };
  symbols<register_state> known(std::nullopt, declare_observers);
  recorded_history result;
  std::map<int, call> open_calls;
  std::uint32_t position = 0;
  std::ifstream file = open(path);
  for (std::string line; std::getline(file, line); ++position) {
    std::istringstream words(line.substr(line.find(" - ") + 3));
    int process = 0;
    std::string type, op, value;
    words >> process >> type >> op;
    std::getline(words >> std::ws, value);
    if (type == ":invoke") {
      open_calls[process] = {op, value, position};
      continue;
    }
    const call made = open_calls.at(process);
    open_calls.erase(process);
    if (type == ":info") {
      open_calls[-process - 1] = made;
    } else if (value != ":timed-out") {
      const std::string argument = op == ":read" ? value : made.value;
      const symbol_id symbol = etcd_symbol(known, op, argument, type == ":fail");
      result.actions.push_back({.symbol = symbol, .invoked = made.invoked, .returned = position});
    }
  }
  for (const auto& [process, made] : open_calls) {
    if (made.op == ":read") continue;
    const symbol_id symbol = etcd_symbol(known, made.op, made.value, false);
    result.actions.push_back({.symbol = symbol, .invoked = made.invoked, .owed = obligation::optional});
  }
  result.model = known.space();
  return result;
}

recorded_history read_kv(const std::string& path, bool declare_observers) {
  struct call {
    std::string value;
    std::uint32_t invoked;
  };
  symbols<std::string> known("", declare_observers);
  recorded_history result;
  std::map<int, call> open_calls;
  std::uint32_t position = 0;
  std::ifstream file = open(path);
  for (std::string line; std::getline(file, line); ++position) {
    const int process = std::stoi(field(line, ":process ", ','));
    const std::string function = field(line, ":f ", ',');
    const std::string value =
        line.find(":value nil") == std::string::npos ? field(line, ":value \"", '"') : "";
    if (field(line, ":type ", ',') == ":invoke") {
      open_calls[process] = {value, position};
      continue;
    }
    const auto partition = static_cast<std::uint32_t>(std::stoul(field(line, ":key \"", '"')));
    symbol_id symbol = 0;
    if (function == ":get") {
      symbol = known.observer("get " + value, [value](const std::string& s) { return s == value; });
    } else if (function == ":put") {
      symbol = known.change("put " + value, [value](const std::string&) { return std::optional(value); });
    } else {
      symbol =
          known.change("append " + value, [value](const std::string& s) { return std::optional(s + value); });
    }
    result.actions.push_back({.symbol = symbol,
                              .invoked = open_calls.at(process).invoked,
                              .returned = position,
                              .partition = partition});
  }
  result.model = known.space();
  return result;
}

}  // namespace heddle::test
