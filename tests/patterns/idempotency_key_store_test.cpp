// Idempotency keys: what befalls one key in each faulty variant, which no reference lets happen. Most need no
// race, only a mishap and a retry; the clock moves while the requests do.
#include <heddle/contracts/idempotency_key_store.hpp>

#include "directed.hpp"

using namespace heddle;
using namespace std::chrono_literals;
using heddle::contracts::attempt;
using heddle::contracts::idempotency_settings;
using heddle::contracts::mishap;
using heddle::tests::references_hold;
using heddle::tests::variant_fails;
using scope = heddle::models::idempotency_key_store::scope;

namespace {

constexpr auto id = "idempotency_key_store";
const scope ann{"ann", "pay", "k1"};
const scope bob{"bob", "pay", "k1"};
const scope ann_again{"ann", "pay", "k2"};

idempotency_settings settings(bool store_all = true) {
  return {store_all, 30s, 24h};
}

attempt body(const char* text, mishap what = mishap::none, std::uint32_t table_call = 1) {
  return {text, what, table_call};
}

}  // namespace

TEST_CASE("two requests look before either sets: charged twice") {
  variant_fails(id, "get_then_set", "", [](scenario& s) {
    s.configured(settings());
    s.thread().call("handle", ann, body("b1"));
    s.thread().call("handle", ann, body("b1"));
  });
}

TEST_CASE("a crash between SETNX and EXPIRE leaves the key in progress for ever") {
  variant_fails(id, "setnx_then_expire", "", [](scenario& s) {
    s.configured(settings());
    s.first("handle", ann, body("b1", mishap::crash_at_table_call, 3));
    s.thread().call("handle", ann, body("b1")).call("handle", ann, body("b1"));
    s.advance(30s + 1ns);
  });
}

TEST_CASE("the key is deleted although the effect took place: the retry charges again") {
  variant_fails(id, "delete_key_on_exception", "", [](scenario& s) {
    s.configured(settings());
    s.first("handle", ann, body("b1", mishap::throws_after));
    s.thread().call("handle", ann, body("b1"));
  });
}

TEST_CASE("two users with the same key: one is answered with the other's response") {
  variant_fails(id, "unscoped_key", "", [](scenario& s) {
    s.configured(settings()).first("handle", ann, body("b1"));
    s.thread().call("handle", bob, body("b1"));
  });
}

TEST_CASE("a response that is forgotten before the client retries") {
  variant_fails(id, "ttl_shorter_than_retry", "", [](scenario& s) {
    s.configured(settings()).first("handle", ann, body("b1"));
    s.thread().call("handle", ann, body("b1"));
    s.advance(6s);
  });
}

TEST_CASE("two purchases of the same content collapse into one") {
  variant_fails(id, "key_is_payload_hash", "", [](scenario& s) {
    s.configured(settings()).first("handle", ann, body("b1"));
    s.thread().call("handle", ann_again, body("b1"));
  });
}

TEST_CASE("a reused key with another body, wherever its owner was when it crashed, is never charged twice") {
  for (const bool store_all : {true, false})
    for (const mishap crash :
         {mishap::crash_before_effect, mishap::crash_after_effect, mishap::lost_after, mishap::refused})
      references_hold(
          id,
          [&](scenario& s) {
            s.configured(settings(store_all));
            s.thread().call("handle", ann, body("b1", crash)).call("handle", ann, body("b1"));
            s.thread().call("handle", ann, body("b2"));
          },
          1);
}

TEST_CASE("recovery and a retry race for the key of a dead owner") {
  references_hold(id, [](scenario& s) {
    s.configured(settings()).first("handle", ann, body("b1", mishap::crash_after_effect));
    s.thread().call("recover");
    s.thread().call("handle", ann, body("b1"));
    s.advance(30s + 1ns);
  });
}
