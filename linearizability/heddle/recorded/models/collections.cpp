// Sets and multisets.
#include <set>

#include <heddle/recorded/models/models.hpp>
#include <heddle/recorded/models/parts.hpp>

namespace heddle::recorded::models_by_kind {

namespace {

struct elements {
  std::set<value> held;

  bool add(const element& e) { return held.insert(e.what).second; }
  bool remove(const element& e) { return held.erase(e.what) != 0; }
  bool contains(const element& e) const { return held.count(e.what) != 0; }
  std::set<value> read() const { return held; }
  value shown() const { return to_value(held); }
  bool operator==(const elements&) const = default;
};

struct counted_elements {
  std::multiset<value> held;

  void add(const element& e) { held.insert(e.what); }
  bool remove(const element& e) {
    const auto at = held.find(e.what);
    if (at == held.end()) return false;
    held.erase(at);
    return true;
  }
  std::int64_t count(const element& e) const { return static_cast<std::int64_t>(held.count(e.what)); }
  bool contains(const element& e) const { return held.count(e.what) != 0; }
  std::multiset<value> read() const { return held; }
  value shown() const { return to_value(held); }
  bool operator==(const counted_elements&) const = default;
};

operation_text of_one(std::string name, std::string answer, std::string meaning = "") {
  return {std::move(name), "element", std::move(answer), std::move(meaning), true};
}

}  // namespace

model set() {
  return model_of<elements>("set", "a set; judged element by element unless it is read as a whole")
      .monitored_as(monitors::object::set)
      .operation<reply(element)>(of_one("add", "true or false if it says whether it was new"), &elements::add)
      .operation<reply(element)>(of_one("remove", "true or false if it says whether it was there"),
                                 &elements::remove)
      .operation<bool(element)>(of_one("contains", "false if it is not there"), &elements::contains)
      .operation<std::set<value>()>({"read", "", "all elements"}, &elements::read)
      .finish();
}

model multiset() {
  return model_of<counted_elements>(
             "multiset", "a set that counts; judged element by element unless it is read as a whole")
      .operation<void(element)>(of_one("add", ""), &counted_elements::add)
      .operation<reply(element)>(
          of_one("remove", "true or false if it says whether it was there", "one of them"),
          &counted_elements::remove)
      .operation<std::int64_t(element)>(of_one("count", "how many there are"), &counted_elements::count)
      .operation<bool(element)>(of_one("contains", "false if it is not there"), &counted_elements::contains)
      .operation<std::multiset<value>()>({"read", "", "all elements, as often as they are there"},
                                         &counted_elements::read)
      .finish();
}

}  // namespace heddle::recorded::models_by_kind
