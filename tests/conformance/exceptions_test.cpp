// Exceptions in flight while other threads run.
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "agreement.hpp"

using conformance::agree;
using conformance::expect;

namespace {

struct yields_when_destroyed {
  int expected;
  ~yields_when_destroyed() {
    expect(std::uncaught_exceptions() == expected, "as many uncaught as this thread threw");
    std::this_thread::yield();
    expect(std::uncaught_exceptions() == expected, "still so after a switch");
  }
};

void throw_and_catch(int me) {
  try {
    yields_when_destroyed guard{1};
    throw me;
  } catch (int caught) {
    expect(caught == me, "the exception that this thread threw");
    std::this_thread::yield();
    expect(std::uncaught_exceptions() == 0, "caught");
    try {
      yields_when_destroyed guard{1};
      throw std::runtime_error(std::to_string(me));
    } catch (const std::exception& inner) {
      std::this_thread::yield();
      expect(inner.what() == std::to_string(me), "nested");
    }
    const std::exception_ptr current = std::current_exception();
    std::this_thread::yield();
    try {
      throw;
    } catch (int again) {
      expect(again == me && std::current_exception() == current, "rethrown");
    }
  }
  expect(std::current_exception() == nullptr, "none left");
}

void across_switches() {
  std::thread a(throw_and_catch, 1);
  std::thread b(throw_and_catch, 2);
  throw_and_catch(3);
  a.join();
  b.join();
}

void carried_by_pointer() {
  std::exception_ptr carried;
  std::thread thrower([&] {
    try {
      throw std::out_of_range("far");
    } catch (...) {
      carried = std::current_exception();
    }
  });
  thrower.join();
  try {
    std::rethrow_exception(carried);
  } catch (const std::out_of_range& e) {
    expect(e.what() == std::string("far"), "in another thread");
  }
}

void nested_exceptions() {
  try {
    try {
      throw std::runtime_error("inner");
    } catch (...) {
      std::this_thread::yield();
      std::throw_with_nested(std::logic_error("outer"));
    }
  } catch (const std::logic_error& outer) {
    try {
      std::rethrow_if_nested(outer);
      expect(false, "something is nested");
    } catch (const std::runtime_error& inner) {
      expect(inner.what() == std::string("inner"), "the inner one");
    }
  }
}

}  // namespace

TEST_CASE("exceptions across switches") {
  agree(across_switches);
}
TEST_CASE("exception_ptr between threads") {
  agree(carried_by_pointer);
}
TEST_CASE("nested exceptions") {
  agree(nested_exceptions);
}
