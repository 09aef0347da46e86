// Registers: one, one with compare-and-set, several under transactions, and a map of independent ones.
#include <map>

#include <heddle/recorded/edn.hpp>
#include <heddle/recorded/models/models.hpp>
#include <heddle/recorded/transactions.hpp>

namespace heddle::recorded::models_by_kind {

namespace {

struct cell {
  value now;
  const value& read() const { return now; }
  void write(const value& v) { now = v; }
  bool cas(const value& from, const value& to) {
    if (!(now == from)) return false;
    now = to;
    return true;
  }
  value shown() const { return now; }
  bool operator==(const cell&) const = default;
};

cell holding(const value& v) {
  return {v};
}

const operation_text read_text = {"read", "", "the value"};
const operation_text write_text = {"write", "value", "", "", false, linearizability::effect::overwrites};
const operation_text cas_text = {"cas", "[from to]", "false if it did not hold from",
                                 "writes to if it holds from"};

// --- Several registers

using named_values = std::map<std::string, value>;

/// {x 1, y 2}
struct register_map {
  named_values of;

  static register_map decode(const value& v) {
    const bool named = v.is(value::kind::record) && v.names().size() == v.items().size();
    if (!named) throw value_error("", "a map from registers to values", to_text(v));
    register_map map;
    for (std::size_t i = 0; i < v.items().size(); ++i) map.of[v.names()[i]] = v.items()[i];
    return map;
  }
};

/// [[r x 1] [w y 2]]
void read_register_steps(const value& v, const std::function<void(const micro_operation&)>& visit) {
  constexpr const char* expected = "a list of reads [r x 1] and writes [w x 1]";
  if (!v.is(value::kind::list)) throw value_error("", expected, to_text(v));
  for (const value& step : v.items()) {
    const bool three = step.is(value::kind::list) && step.items().size() == 3;
    const std::string what = three ? edn_key_name(step.items()[0]) : "";
    const bool reads = what == "r" || what == "read";
    if (!reads && what != "w" && what != "write") throw value_error("", expected, to_text(v));
    visit({!reads, value::symbol(edn_key_name(step.items()[1])), step.items()[2]});
  }
}

struct micro_operations {
  struct one {
    bool writes = false;
    std::string name;
    value content;
    /// What it does, leaving aside what a read saw.
    bool same_call(const one& other) const {
      return writes == other.writes && name == other.name && (!writes || content == other.content);
    }
  };
  std::vector<one> all;

  bool answers(const micro_operations& asked) const {
    const auto same = [](const one& a, const one& b) { return a.same_call(b); };
    return std::equal(all.begin(), all.end(), asked.all.begin(), asked.all.end(), same);
  }

  static micro_operations decode(const value& v) {
    micro_operations steps;
    read_register_steps(v, [&](const micro_operation& o) {
      steps.all.push_back({o.writes, o.key.as_symbol(), o.content});
    });
    return steps;
  }
};

struct registers {
  named_values now;

  bool read(const observed<register_map>& seen) const {
    if (!seen.known()) return true;
    for (const auto& [name, content] : seen.value().of) {
      if (!(get(name) == content)) return false;
    }
    return true;
  }

  void write(const register_map& values) {
    for (const auto& [name, content] : values.of) set(name, content);
  }

  bool txn(const micro_operations& asked, const observed<micro_operations>& seen) {
    const auto& done = seen.known() ? seen.value().all : asked.all;
    if (seen.known() && !seen.value().answers(asked)) return false;
    for (const auto& step : done) {
      if (step.writes) {
        set(step.name, step.content);
      } else if (seen.known() && !(get(step.name) == step.content)) {
        return false;
      }
    }
    return true;
  }

  value shown() const { return value_of(now); }
  bool operator==(const registers&) const = default;

 private:
  friend struct access;

  value get(const std::string& name) const {
    const auto at = now.find(name);
    return at == now.end() ? value() : at->second;
  }

  void set(const std::string& name, const value& v) {
    now.erase(name);
    if (!v.is(value::kind::null)) now.emplace(name, v);
  }

  static value value_of(const named_values& values) {
    std::vector<value> contents;
    std::vector<std::string> names;
    for (const auto& [name, content] : values) {
      names.push_back(name);
      contents.push_back(content);
    }
    return value::record("", std::move(contents), std::move(names));
  }
};

const operation_text register_txn_text = {"txn", "[[r x nil] [w y 2]]", "[[r x 1] [w y 2]]",
                                          "all of it at one moment"};

registers holding_all(const value& v) {
  registers r;
  r.write(register_map::decode(v));
  return r;
}

// --- A map with independent keys: one cell per key

/// What a get saw. An absent key may be told by none or, where texts are appended, by the empty text.
struct reading {
  value what;

  static reading decode(const value& v) { return {v}; }
  friend bool operator==(const value& model, const reading& seen) {
    return model == seen.what || (model.is(value::kind::null) && seen.what == value::text(""));
  }
};

struct slot {
  value now;  ///< none: absent
  const value& get() const { return now; }
  void put(const value& v) { now = v; }
  bool append(const std::string& text, const observed<void>&) {
    if (!now.is(value::kind::null) && !now.is(value::kind::text)) return false;
    std::string whole;
    whole.reserve((now.is(value::kind::null) ? 0 : now.as_text().size()) + text.size());
    if (!now.is(value::kind::null)) whole = now.as_text();
    now = value::text(std::move(whole.append(text)));
    return true;
  }
  bool cas(const value& from, const value& to) {
    if (!(now == from)) return false;
    now = to;
    return true;
  }
  void remove() { now = {}; }
  static bool may_grow_to(const slot& from, const value* by, const value& seen) {
    const bool absent = from.now.is(value::kind::null);
    if (!from.now.is(value::kind::text) && (!absent || by == nullptr)) return true;
    if (!seen.is(value::kind::text)) return false;
    std::string_view rest = seen.as_text();
    if (!absent && !rest.starts_with(from.now.as_text())) return false;
    if (!absent) rest.remove_prefix(from.now.as_text().size());
    return by == nullptr || rest.starts_with(by->as_text());
  }
  value shown() const { return now; }
  bool operator==(const slot&) const = default;
};

// --- As reads and writes of registers

using visit_registers = std::function<void(const micro_operation&)>;

bool visit_cell(const std::string& operation, const value& argument, const value* result,
                const visit_registers& visit) {
  if (operation == "write") visit({true, value(), argument});
  if (operation == "read" && result != nullptr) visit({false, value(), *result});
  return operation == "write" || operation == "read";
}

bool visit_several(const std::string& operation, const value& argument, const value* result,
                   const visit_registers& visit) {
  if (operation == "txn") {
    if (result != nullptr && !micro_operations::decode(*result).answers(micro_operations::decode(argument)))
      throw value_error("", "about the steps that were asked for", to_text(*result));
    read_register_steps(result != nullptr ? *result : argument, [&](const micro_operation& o) {
      if (o.writes || result != nullptr) visit(o);
    });
    return true;
  }
  const bool writes = operation == "write";
  if (!writes && result == nullptr) return true;
  for (const auto& [name, content] : register_map::decode(writes ? argument : *result).of)
    visit({writes, value::symbol(name), content});
  return true;
}

/// The key is not in the argument. Absence may be told by the empty text.
bool visit_slot(const std::string& operation, const value& argument, const value* result,
                const visit_registers& visit) {
  const auto content = [](const value& v) { return v == value::text("") ? value() : v; };
  if (operation == "put") visit({true, value(), content(argument)});
  if (operation == "get" && result != nullptr) visit({false, value(), content(*result)});
  return operation == "put" || operation == "get";
}

}  // namespace

model plain_register() {
  return model_of<cell>("register", "one value that is read and written")
      .monitored_as(monitors::object::plain_register)
      .starts_from("the value at first", holding)
      .operation<value()>(read_text, &cell::read)
      .operation<void(value)>(write_text, &cell::write)
      .read_and_written_by(visit_cell)
      .finish();
}

model cas_register() {
  return model_of<cell>("cas-register", "a register with compare-and-set")
      .monitored_as(monitors::object::cas_register)
      .starts_from("the value at first", holding)
      .operation<value()>(read_text, &cell::read)
      .operation<void(value)>(write_text, &cell::write)
      .operation<bool(value, value)>(cas_text, &cell::cas)
      .finish();
}

model multi_register() {
  return model_of<registers>("multi-register", "several registers, read and written at once")
      .starts_from("a map of the values at first", holding_all)
      .operation<register_map()>({"read", "", "{x 1, y 2}", "of the registers that the answer names"},
                                 &registers::read)
      .operation<void(register_map)>({"write", "{x 1, y 2}", ""}, &registers::write)
      .operation<micro_operations(micro_operations)>(register_txn_text, &registers::txn)
      .read_and_written_by(visit_several)
      .finish();
}

model register_transactions() {
  return model_of<registers>("rw-register-transactions", "transactions that read and write registers")
      .operation<micro_operations(micro_operations)>(register_txn_text, &registers::txn)
      .judged_as_transactions({"txn", transaction_data::registers, read_register_steps})
      .finish();
}

model key_value() {
  using linearizability::effect;
  return model_of<slot>("key-value", "a map whose keys are judged one by one")
      .monitored_as(monitors::object::cas_register)
      .keyed()
      .operation<reading()>({"get", "", "the value; nil, or \"\", if absent"}, &slot::get)
      .seeing_growth(&slot::may_grow_to)
      .operation<void(value)>({"put", "value", "", "", false, effect::overwrites}, &slot::put)
      .operation<void(std::string)>({"append", "text", "", "to a text, or to nothing", false, effect::grows},
                                    &slot::append)
      .operation<bool(value, value)>(cas_text, &slot::cas)
      .operation<void()>({"delete", "", "", "", false, effect::overwrites}, &slot::remove)
      .read_and_written_by(visit_slot)
      .finish();
}

}  // namespace heddle::recorded::models_by_kind
