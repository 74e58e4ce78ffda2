#pragma once

#define NAPI_VERSION 8
#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

/// The little of N-API that this addon needs, without exceptions: a failed conversion leaves a
/// pending JavaScript error and returns false or null, and the callback returns at once.
namespace sashimi::node {

/// Leaves a RangeError with the code MODEL_ARGUMENT pending; null, for `return`.
inline napi_value fail(napi_env env, const char* message) {
  bool is_pending = false;
  napi_is_exception_pending(env, &is_pending);
  if (!is_pending) napi_throw_range_error(env, "MODEL_ARGUMENT", message);
  return nullptr;
}

/// Leaves a TypeError with the code MODEL_ARGUMENT pending; false, for `return`.
inline bool refuse(napi_env env, const char* expected) {
  bool is_pending = false;
  napi_is_exception_pending(env, &is_pending);
  if (!is_pending) napi_throw_type_error(env, "MODEL_ARGUMENT", expected);
  return false;
}

/// The memory of a typed array: borrowed, valid during the call.
template <class T>
bool typed_array(napi_env env, napi_value value, napi_typedarray_type wanted, const char* expected, T*& data,
                 size_t& length) {
  napi_typedarray_type type = napi_int8_array;
  void* memory = nullptr;
  const napi_status status = napi_get_typedarray_info(env, value, &type, &length, &memory, nullptr, nullptr);
  if (status != napi_ok || type != wanted) return refuse(env, expected);
  data = static_cast<T*>(memory);
  return true;
}

inline bool floats_of(napi_env env, napi_value value, float*& data, size_t& length) {
  return typed_array(env, value, napi_float32_array, "Expected a Float32Array.", data, length);
}

inline bool is_undefined(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  return type == napi_undefined;
}

/// The arguments of one call, and its `this`.
class Call {
 public:
  static constexpr size_t kMaxArguments = 15;

  Call(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = kMaxArguments;
    napi_get_cb_info(env, info, &count, arguments_, &self_, nullptr);
  }

  napi_env env() const { return env_; }
  napi_value self() const { return self_; }

  bool number(size_t index, double& out) const {
    return napi_get_value_double(env_, arguments_[index], &out) == napi_ok || refuse("Expected a number.");
  }
  /// Modulo 2^32, as `>>> 0` does it.
  bool uint32(size_t index, uint32_t& out) const {
    return napi_get_value_uint32(env_, arguments_[index], &out) == napi_ok || refuse("Expected a number.");
  }
  bool size(size_t index, size_t& out) const {
    double value = 0.0;
    if (!number(index, value)) return false;
    if (!(value >= 0.0 && value <= 1e9)) return refuse("Expected a count.");
    out = static_cast<size_t>(value);
    return true;
  }
  bool boolean(size_t index, bool& out) const {
    return napi_get_value_bool(env_, arguments_[index], &out) == napi_ok || refuse("Expected a boolean.");
  }
  /// The memory of a typed array: borrowed, valid during the call.
  bool floats(size_t index, float*& data, size_t& length) const {
    return floats_of(env_, arguments_[index], data, length);
  }
  bool doubles(size_t index, double*& data, size_t& length) const {
    return array(index, napi_float64_array, "Expected a Float64Array.", data, length);
  }
  bool bytes(size_t index, uint8_t*& data, size_t& length) const {
    return array(index, napi_uint8_array, "Expected a Uint8Array.", data, length);
  }
  bool int32s(size_t index, int32_t*& data, size_t& length) const {
    return array(index, napi_int32_array, "Expected an Int32Array.", data, length);
  }
  /// Of a stream's samples or conditioning frames: exact in a double.
  bool frame(size_t index, uint64_t& out) const {
    double value = 0.0;
    if (!number(index, value)) return false;
    if (!(value >= 0.0 && value <= 9007199254740991.0)) return refuse("Expected a frame.");
    out = static_cast<uint64_t>(value);
    return true;
  }
  bool is_undefined(size_t index) const { return node::is_undefined(env_, arguments_[index]); }
  napi_value argument(size_t index) const { return arguments_[index]; }

 private:
  template <class T>
  bool array(size_t index, napi_typedarray_type wanted, const char* expected, T*& data, size_t& length) const {
    return typed_array(env_, arguments_[index], wanted, expected, data, length);
  }

  bool refuse(const char* expected) const { return node::refuse(env_, expected); }

  napi_env env_;
  napi_value self_ = nullptr;
  napi_value arguments_[kMaxArguments] = {};
};

inline napi_value number(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

inline napi_value string(napi_env env, const char* text) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

inline napi_value boolean(napi_env env, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

inline napi_property_descriptor method(const char* name, napi_callback callback) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
}

inline napi_property_descriptor getter(const char* name, napi_callback callback) {
  return {name, nullptr, nullptr, callback, nullptr, nullptr, napi_enumerable, nullptr};
}

/// A plain object that owns `native` until it is collected or its environment ends. T::kTag
/// tells our objects from others', so that a method called on a strange `this` is refused.
template <class T, size_t kCount>
napi_value wrap(napi_env env, std::unique_ptr<T> native, const napi_property_descriptor (&properties)[kCount]) {
  napi_value object = nullptr;
  const auto finalize = [](napi_env, void* memory, void*) { std::unique_ptr<T>(static_cast<T*>(memory)); };
  if (napi_create_object(env, &object) != napi_ok) return nullptr;
  if (napi_type_tag_object(env, object, &T::kTag) != napi_ok) return nullptr;
  if (napi_wrap(env, object, native.get(), finalize, nullptr, nullptr) != napi_ok) return nullptr;
  native.release();
  napi_define_properties(env, object, kCount, properties);
  return object;
}

/// The T that `object` owns; null with a pending error when it owns none.
template <class T>
T* unwrap(napi_env env, napi_value object) {
  bool is_ours = false;
  void* native = nullptr;
  if (napi_check_object_type_tag(env, object, &T::kTag, &is_ours) != napi_ok || !is_ours ||
      napi_unwrap(env, object, &native) != napi_ok) {
    napi_throw_type_error(env, "MODEL_ARGUMENT", "The method was called on an object of another kind.");
    return nullptr;
  }
  return static_cast<T*>(native);
}

}  // namespace sashimi::node
