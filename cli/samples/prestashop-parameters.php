<?php return array (
  'parameters' => 
  array (
    'database_host' => '127.0.0.1',
    'secret' => 'not this one',
    'cookie_key' => 'ZVjhLAUoqJ3xZEwC0HcVAxBIVnqlVMvGbqGrJqRZMwVtOaKkLxXAyTzA',
    'cookie_iv' => 'qUZq',
  ),
);
