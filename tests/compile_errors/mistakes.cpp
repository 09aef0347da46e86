// One contract with room for one mistake, chosen on the command line.
#include <heddle/heddle.hpp>

struct unprintable {
  int* where;
  ~unprintable() {}
};

struct limiter {
  bool try_acquire(int) { return true; }
  unprintable look() const { return {nullptr}; }
  void reset() {}
  void reset(int) {}
};

struct base {
  int used = 0;
  bool operator==(const base&) const = default;
};

#ifdef MODEL_NOT_HASHABLE
struct model : base {
#else
struct model {
#endif
  int used_too = 0;
#ifndef MODEL_NOT_COMPARABLE
  bool operator==(const model&) const = default;
#endif
#if defined(ARGUMENTS_DIFFER)
  bool try_acquire(const char*) {
    return true;
  }
#elif defined(RESULTS_DIFFER)
  const char* try_acquire(int) {
    return "";
  }
#else
bool try_acquire(int) {
  return true;
}
#endif
  int look() const {
    return 0;
  }
  void reset() {}
};

heddle::contract<limiter, model> written() {
  heddle::contract<limiter, model> c("limiter");
#if defined(GENERATOR_MISSING)
  c.operation("try_acquire", &limiter::try_acquire, &model::try_acquire);
#elif defined(GENERATOR_DIFFERS)
  c.operation("try_acquire", &limiter::try_acquire, &model::try_acquire,
              rc::gen::map(rc::gen::inRange(1, 4), [](int) { return std::string(); }));
#elif defined(RESULT_NOT_PRINTABLE)
  c.operation("look", &limiter::look, &model::look);
#elif defined(OVERLOADED)
  c.operation(
      "reset", [](limiter& l, auto) { l.reset(); }, &model::reset);
#else
  c.operation("try_acquire", &limiter::try_acquire, &model::try_acquire, rc::gen::inRange(1, 4));
#endif
#ifdef NO_CLOCK_IN_MODEL
  c.time_steps(rc::gen::map(rc::gen::inRange(1, 4), [](int ns) { return std::chrono::nanoseconds(ns); }));
#endif
  return c;
}

int main() {
  return written().definition() == nullptr;
}
